/** Where a command prints and how it ends; tests hand in their own. */
export interface Output {
  out(line: string): void;
  err(line: string): void;
  /** 0 done, 1 refused or not valid, 2 wrong usage. */
  exit(code: 0 | 1 | 2): void;
}

/** The terminal. */
export const terminal: Output = {
  out: (line) => process.stdout.write(`${line}\n`),
  err: (line) => process.stderr.write(`${line}\n`),
  exit: (code) => {
    process.exitCode = code;
  },
};

/** Columns as wide as their widest cell; the first row is the head. */
export function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** Text of others must not steer the terminal: control characters and direction marks are replaced, long text is cut. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '\uFFFD').slice(0, 500);
}
