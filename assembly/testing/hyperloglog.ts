/** testing/hyperloglog: the structure as it is. */
export {
  hllAdd,
  hllCount,
  hllCountRegisters,
  hllCreateSparse,
  hllDenseFromRegisters,
  hllIsDense,
  hllIsValid,
  hllMergeInto,
  hllRegister,
  hllSparseFromRegisters,
  hllSparseToDense,
} from "../structures/hyperloglog";
