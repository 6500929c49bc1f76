/**
 * Base of every error that this app throws on purpose.
 *
 * Alerts, tests and callers match `code`, never `message`. Each code is explained in docs/errors.md,
 * which a test holds against this file.
 */
export abstract class ReflexError extends Error {
  /** Stable; never reused for another meaning. */
  abstract readonly code: `REFLEX_${string}`;
  /** True when the same call, or the redelivered signal, can succeed later without anyone changing anything. */
  abstract readonly retryable: boolean;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** An app setting is missing or malformed. `setting` is its name in docs/settings.md. */
export class InvalidSettingError extends ReflexError {
  readonly code = 'REFLEX_INVALID_SETTING';
  readonly retryable = false;
  readonly setting: string;

  constructor(setting: string, expected: string, options?: ErrorOptions) {
    super(`setting ${setting}: ${expected}`, options);
    this.setting = setting;
  }
}

/** A fleet file cannot be used; `message` holds every finding with file, line and what was expected. */
export class InvalidFleetError extends ReflexError {
  readonly code = 'REFLEX_INVALID_FLEET';
  readonly retryable = false;
}

/** A queue message or event body cannot be read at all; it is parked with its bytes. */
export class UnreadableSignalError extends ReflexError {
  readonly code = 'REFLEX_UNREADABLE_SIGNAL';
  readonly retryable = false;
}

/** A row was changed, inserted or deleted by somebody else since it was read (HTTP 409 or 412 on the wire). */
export class RowConflictError extends ReflexError {
  readonly code = 'REFLEX_ROW_CONFLICT';
  readonly retryable = true;
}

/** A blob exists already, or is no longer the version that was read. */
export class BlobConflictError extends ReflexError {
  readonly code = 'REFLEX_BLOB_CONFLICT';
  readonly retryable = true;
}

/** Rows, blobs or queues cannot be reached or refused the call. */
export class StorageUnavailableError extends ReflexError {
  readonly code = 'REFLEX_STORAGE_UNAVAILABLE';
  readonly retryable = true;
}

/** The branch is no longer at the commit that the change was computed from. */
export class StaleHeadError extends ReflexError {
  readonly code = 'REFLEX_STALE_HEAD';
  readonly retryable = true;
  readonly branch: string;

  constructor(branch: string, options?: ErrorOptions) {
    super(`branch ${branch} is no longer at the commit that was read`, options);
    this.branch = branch;
  }
}

/** The Git host refuses the write for a reason that a retry cannot change (branch protection, missing permission). */
export class WriteRefusedError extends ReflexError {
  readonly code = 'REFLEX_WRITE_REFUSED';
  readonly retryable = false;
}

/** Our own guard refuses a write (fleet file, `.github/`, CODEOWNERS, a path outside the stage's, a symlink). */
export class ForbiddenPathError extends ReflexError {
  readonly code = 'REFLEX_FORBIDDEN_PATH';
  readonly retryable = false;
  readonly path: string;

  constructor(path: string, why: string, options?: ErrorOptions) {
    super(`refuses to write ${path}: ${why}`, options);
    this.path = path;
  }
}

/** A repository, branch, tag, manifest or file does not exist, or is hidden from our identity. */
export class NotFoundError extends ReflexError {
  readonly code = 'REFLEX_NOT_FOUND';
  readonly retryable = false;
}

/** A service asked us to wait. `retryAfterMs` is its own number, in milliseconds. */
export class RateLimitedError extends ReflexError {
  readonly code = 'REFLEX_RATE_LIMITED';
  readonly retryable = true;
  readonly retryAfterMs: number;

  constructor(operation: string, retryAfterMs: number, options?: ErrorOptions) {
    super(`${operation}: asked to wait ${retryAfterMs} ms`, options);
    this.retryAfterMs = retryAfterMs;
  }
}

/** A remote API failed; `status` is its HTTP status, or 0 when no answer came (the outcome is unknown). */
export class UpstreamError extends ReflexError {
  readonly code = 'REFLEX_UPSTREAM';
  readonly retryable: boolean;
  readonly status: number;

  constructor(operation: string, status: number, options?: ErrorOptions) {
    super(status === 0 ? `${operation}: no answer` : `${operation} failed with HTTP ${status}`, options);
    this.status = status;
    this.retryable = status === 0 || status === 408 || status === 429 || status >= 500;
  }
}

/** A policy (range, pattern, order) is not valid; `message` says what was expected. */
export class InvalidPolicyError extends ReflexError {
  readonly code = 'REFLEX_INVALID_POLICY';
  readonly retryable = false;
}

/** A person's word about a plan cannot be taken; `reason` says why and is stable. */
export class PlanCommandError extends ReflexError {
  readonly code = 'REFLEX_PLAN_COMMAND';
  readonly retryable = false;
  readonly reason:
    | 'no-such-plan'
    | 'no-such-step'
    | 'not-waiting'
    | 'approval-expired'
    | 'plan-changed'
    | 'self-approval'
    | 'wrong-state';

  constructor(reason: PlanCommandError['reason'], detail: string) {
    super(`${reason}: ${detail}`);
    this.reason = reason;
  }
}

/** Azure is busy with another write of the same resource (HTTP 409 or 412): nothing was written. */
export class ResourceBusyError extends ReflexError {
  readonly code = 'REFLEX_RESOURCE_BUSY';
  readonly retryable = true;
}
