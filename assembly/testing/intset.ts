/** testing/intset: the structure as it is. (In `export … from` asc adds the .ts itself.) */
export {
  intsetAdd,
  intsetBytes,
  intsetChanged,
  intsetCount,
  intsetDump,
  intsetDup,
  intsetFree,
  intsetGet,
  intsetHas,
  intsetMax,
  intsetMin,
  intsetNew,
  intsetRandom,
  intsetRemove,
  intsetValidate,
} from "../structures/intset";
