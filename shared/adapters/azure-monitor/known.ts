import { ReflexError } from '../../errors.ts';

/** An answer, or undefined for one that cannot be had: what is good to know must not keep the rest from being read. */
export async function known<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ReflexError) {
      return undefined;
    }
    throw error;
  }
}
