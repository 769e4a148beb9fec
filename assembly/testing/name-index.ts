/** testing/name-index: the index as it is. */
export {
  nameIndexAt,
  nameIndexCount,
  nameIndexFind,
  nameIndexInsert,
  nameIndexRemove,
  nameIndexValidate,
} from "../structures/name-index";
