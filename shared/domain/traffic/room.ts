import { moved, type Origin } from './origin.ts';
import { asWell, type Rules, type Stride, type Walk } from './walk.ts';

export interface Around {
  readonly rules: Rules;
  /** True for a move that nobody has asked for by itself: it lets the others take what an emergency moves. */
  readonly isRoom: (stride: Stride) => boolean;
  /** The way on to all goals from there. */
  readonly goOn: (from: readonly Origin[]) => Walk;
}

/**
 * The same way with what is urgent as early as it can be: before it only what makes room for it, and as urgent as that.
 * The way as it was where that is not enough, so that what others have asked for must go first. Pure.
 */
export function withRoomFirst(walked: Walk, origins: readonly Origin[], around: Around): Walk {
  const urgent = walked.strides.find(({ isUrgent }) => isUrgent);
  if (urgent === undefined || walked.breach !== undefined) {
    return walked;
  }
  // Of an origin that somebody has asked to move as well, nothing is room: its other steps would be left out.
  const asked = new Set(walked.strides.filter((one) => !around.isRoom(one)).map(({ move }) => move.id));
  const room = walked.strides.filter((one) => around.isRoom(one) && !asked.has(one.move.id));
  const ahead = pressed(urgent, room, { origins, rules: around.rules });
  const after = ahead?.at(-1)?.after;
  if (ahead === undefined || after === undefined) {
    return walked;
  }
  const rest = withRoomFirst(around.goOn(after), after, around);
  return rest.breach === undefined ? { strides: [...ahead, ...rest.strides] } : walked;
}

/** As much of what makes room as an urgent move needs, and that move; undefined if all of it is not enough. */
function pressed(
  urgent: Stride,
  [next, ...room]: readonly Stride[],
  { origins, rules }: { readonly origins: readonly Origin[]; readonly rules: Rules },
): readonly Stride[] | undefined {
  const last = from(origins, urgent, rules);
  if (last !== undefined) {
    return [last];
  }
  const made = next === undefined ? undefined : from(origins, { ...next, roomFor: urgent.move.id }, rules);
  const rest = made === undefined ? undefined : pressed(urgent, room, { origins: made.after, rules });
  return made === undefined || rest === undefined ? undefined : [made, ...rest];
}

/** A stride from another state; undefined where a rule is against it. */
function from(before: readonly Origin[], stride: Stride, rules: Rules): Stride | undefined {
  const after = moved(before, stride.move);
  return rules(asWell(before, [stride.move]), after) === undefined ? { ...stride, before, after } : undefined;
}
