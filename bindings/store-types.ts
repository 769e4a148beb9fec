/** store-types: what the signatures of typed commands are made of. */

/** A number, or its digits: SCAN's cursor is a string, and limits of ranges may be "(5" or "-inf". */
export type Numeric = number | bigint | string;

type Nothing<Keys extends PropertyKey> = { [Key in Keys]?: undefined };

/** Exactly one of these properties. */
export type OneOf<Choices> = {
  [Key in keyof Choices]: Pick<Choices, Key> & Nothing<Exclude<keyof Choices, Key>>;
}[keyof Choices];

/** One of these properties, or none. */
export type AtMostOne<Choices> = {
  [Key in keyof Choices]: { [Choice in Key]?: Choices[Choice] | undefined } & Nothing<
    Exclude<keyof Choices, Key>
  >;
}[keyof Choices];

type KeysOf<Options> = Options extends unknown ? keyof Options : never;

/** All that these require, or nothing of it. */
export type AllOrNone<Options> = Options | Nothing<KeysOf<Options>>;

/** The properties of one, and none that only the other has. */
export type Either<First, Second> =
  | (First & Nothing<Exclude<KeysOf<Second>, KeysOf<First>>>)
  | (Second & Nothing<Exclude<KeysOf<First>, KeysOf<Second>>>);
