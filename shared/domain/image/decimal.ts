/** An exact decimal: `0.digits * 10^exponent`, digits without leading or trailing zeros; zero has none. */
export interface Decimal {
  readonly isNegative: boolean;
  readonly exponent: number;
  readonly digits: string;
}

const FORM = /^([-+]?)(\d*)(?:\.(\d*))?(?:[eE]([-+]?\d{1,6}))?$/;
/** Between two digits, as Go's `ParseFloat` takes them: `20240102_0304`. */
const SEPARATOR = /(?<=\d)_(?=\d)/g;

/**
 * Reads `-62`, `57.8`, `.5`, `5.`, `1e3`, `1_000`. Text that a float would take and no person means (`inf`, `nan`,
 * hexadecimal floats) is no number.
 */
export function parseDecimal(text: string): Decimal | undefined {
  const [, sign, whole = '', fraction = '', power = '0'] =
    FORM.exec(text.includes('_') ? text.replace(SEPARATOR, '') : text) ?? [];
  if (sign === undefined || whole + fraction === '') {
    return undefined;
  }
  const all = whole + fraction;
  const zeros = /^0*/.exec(all)?.[0].length ?? 0;
  let end = all.length;
  while (end > zeros && all[end - 1] === '0') {
    end -= 1;
  }
  const digits = all.slice(zeros, end);
  return digits === ''
    ? { isNegative: false, exponent: 0, digits }
    : { isNegative: sign === '-', exponent: whole.length - zeros + Number(power), digits };
}

/** Negative, zero or positive as `a` is less than, equal to or greater than `b`. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  const [left, right] = [signOf(a), signOf(b)];
  return left === right ? left * compareMagnitudes(a, b) : left - right;
}

function signOf({ isNegative, digits }: Decimal): number {
  return digits === '' ? 0 : isNegative ? -1 : 1;
}

function compareMagnitudes(a: Decimal, b: Decimal): number {
  if (a.exponent !== b.exponent) {
    return a.exponent - b.exponent;
  }
  return a.digits < b.digits ? -1 : Number(a.digits > b.digits);
}
