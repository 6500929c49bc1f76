/** Refuses a document; caught where claims are settled, so that no finder carries results about. */
export class Refusal extends Error {}
