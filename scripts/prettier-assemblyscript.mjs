/**
 * prettier-assemblyscript: lets Prettier format AssemblyScript.
 *
 * AssemblyScript allows decorators where TypeScript does not (`@inline` on functions and constants), and
 * Prettier's parser refuses those. Before parsing, each decorator at the start of a line becomes a marked
 * line comment, which Prettier keeps in its place; when printed, the mark goes.
 *
 * See docs/decisions/format-and-lint.md.
 */
import * as estree from "prettier/plugins/estree";
import * as typescript from "prettier/plugins/typescript";

const MARK = "//\u0001";
const DECORATOR =
  /^([ \t]*)(@[A-Za-z]+(?:\([^()\n]*\))?)[ \t]*(?=\n|@|export\b|declare\b|function\b|const\b|let\b)\n?/gm;

/** @param {string} text */
function markDecorators(text) {
  let marked = text;
  let before;
  do {
    before = marked; // again for a second decorator on one line
    marked = marked.replace(
      DECORATOR,
      (_, /** @type {string} */ indent, /** @type {string} */ decorator) =>
        `${indent}${MARK}${decorator}\n${indent}`,
    );
  } while (marked !== before);
  return marked;
}

export const parsers = {
  typescript: {
    ...typescript.parsers.typescript,
    astFormat: "assemblyscript-estree",
    // The printer reads the text as well as the tree, so both must be the marked ones.
    preprocess: markDecorators,
  },
};

export const printers = {
  "assemblyscript-estree": {
    ...estree.printers.estree,
    /** @param {import("prettier").AstPath} path @param {import("prettier").ParserOptions} options */
    printComment(path, options) {
      const raw = options.originalText.slice(options.locStart(path.node), options.locEnd(path.node));
      return raw.startsWith(MARK)
        ? raw.slice(MARK.length)
        : estree.printers.estree.printComment?.(path, options);
    },
  },
};
