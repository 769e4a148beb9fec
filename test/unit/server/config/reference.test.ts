/** reference: docs/configuration.md is what the table of directives says. `npx vitest run -u` writes it anew. */
import { expect, test } from "vitest";
import { fileURLToPath } from "node:url";
import { configurationPage } from "../../../../server/config/reference.ts";

const PAGE = fileURLToPath(new URL("../../../../docs/configuration.md", import.meta.url));

test("docs/configuration.md is up to date", async () => {
  await expect(configurationPage()).toMatchFileSnapshot(PAGE);
});
