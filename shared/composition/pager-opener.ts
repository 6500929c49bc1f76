import { WebhookPager } from '../adapters/webhook-pager/webhook-pager.ts';
import { WebhookSwitch } from '../adapters/webhook-pager/webhook-switch.ts';
import { InvalidSettingError } from '../errors.ts';
import { Heartbeat } from '../notify/heartbeat.ts';
import { Notices } from '../notify/notices.ts';
import { genericFormat, OPSGENIE_URL, opsgenieFormat, PAGERDUTY_URL, pagerDutyFormat } from '../notify/page-formats.ts';
import { Paging } from '../notify/paging.ts';
import { slackFormat } from '../notify/slack-format.ts';
import { teamsFormat } from '../notify/teams-format.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Pager } from '../ports/pager.ts';
import type { RowStore } from '../ports/row-store.ts';
import type { Settings } from '../settings.ts';

interface Tools {
  readonly rows: RowStore;
  readonly clock: Clock;
  readonly log: Log;
}

/** The outbox of pages with the settings' pagers; without any, pages wait as rows and are shown by `reflex pages`. */
export function openPaging({ pagers, escalateAfterMs }: Settings, { rows, clock, log }: Tools): Paging {
  const named = pagers.map((pager) => ({ name: pager.name, pager: openPager(pager, clock) }));
  return new Paging({ rows, clock, log, pagers: named, escalateAfterMs });
}

function openPager({ name, format, url, key }: Settings['pagers'][number], clock: Clock): Pager {
  switch (format) {
    case 'pagerduty':
      return new WebhookPager({ name, url: url ?? PAGERDUTY_URL, format: pagerDutyFormat(key), clock });
    case 'opsgenie':
      return new WebhookPager({ name, url: url ?? OPSGENIE_URL, format: opsgenieFormat(key), clock });
    case 'generic':
    case 'teams':
    case 'slack': {
      if (url === undefined) {
        throw new InvalidSettingError('REFLEX_PAGERS', `${name}: the format ${format} needs a url`);
      }
      return openChannel({ name, format, url, key }, clock);
    }
  }
}

/** Tells the settings' channels what is done; undefined without any. @throws InvalidSettingError */
export function openNotices({ channels }: Pick<Settings, 'channels'>, tools: Tools): Notices | undefined {
  const named = channels.map((channel) => ({ name: channel.name, channel: openChannel(channel, tools.clock) }));
  return named.length === 0 ? undefined : new Notices({ ...tools, channels: named });
}

function openChannel({ name, format, url, key }: Settings['channels'][number], clock: Clock): Pager {
  const headers: Readonly<Record<string, string>> = key === '' ? {} : { authorization: `Bearer ${key}` };
  const formats = { generic: () => genericFormat(headers), teams: teamsFormat, slack: slackFormat };
  return new WebhookPager({ name, url, format: formats[format](), clock });
}

/** The heartbeat to the outside; undefined where the settings name nobody who listens. */
export function openHeartbeat({ heartbeatUrl }: Settings, { clock, log }: Omit<Tools, 'rows'>): Heartbeat | undefined {
  return heartbeatUrl === ''
    ? undefined
    : new Heartbeat({ target: new WebhookSwitch({ name: 'REFLEX_HEARTBEAT_URL', url: heartbeatUrl, clock }), log });
}
