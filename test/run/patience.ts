/** How long what was told to end may take to do so, in ms. */
export const patience = Number(process.env["KEYWARD_TEST_PATIENCE"] ?? 3000);
