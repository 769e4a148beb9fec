/**
 * eslint.config: what is linted how. Prettier owns the looks, so no rule here is about them.
 *
 * AssemblyScript is parsed with `allowInvalidAST` (decorators on functions) and gets the rules that need
 * no types; see docs/decisions/format-and-lint.md.
 */
import js from "@eslint/js";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["**/generated/", "build/", "dist/", "node_modules/", "test/fixtures/", "bench/results/"] },
  js.configs.recommended,
  tseslint.configs.recommended,
  {
    rules: {
      "no-undef": "off", // the compilers know
      "no-constant-condition": ["error", { checkLoops: false }],
      "no-control-regex": "off", // protocols are made of control characters
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
    },
  },
  {
    files: ["bindings/**/*.ts", "server/**/*.ts", "test/**/*.ts", "bench/**/*.ts", "*.ts"],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "no-console": "error",
      // "dom" is among the libraries for WebAssembly's types; these of its globals are misspelt variables here.
      "no-restricted-globals": [
        "error",
        ...[
          "close",
          "closed",
          "document",
          "event",
          "external",
          "find",
          "focus",
          "history",
          "length",
          "location",
        ],
        ...["name", "open", "origin", "parent", "print", "screen", "self", "status", "stop", "top", "window"],
      ],
      eqeqeq: "error",
      "prefer-const": "error",
      "@typescript-eslint/await-thenable": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": "error",
      "@typescript-eslint/no-unnecessary-type-assertion": "error",
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
    },
  },
  { files: ["bench/**/*.ts", "test/differential/soak.ts"], rules: { "no-console": "off" } },
  {
    files: ["assembly/**/*.ts"],
    languageOptions: { parserOptions: { allowInvalidAST: true } },
    rules: {
      "no-loss-of-precision": "off", // u64 literals are exact in AssemblyScript
      "prefer-const": "error",
      "@typescript-eslint/ban-ts-comment": "off", // `// @ts-ignore: decorator` calms editors
      "@typescript-eslint/prefer-as-const": "off",
    },
  },
);
