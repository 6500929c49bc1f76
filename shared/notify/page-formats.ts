import type { Page, PageFormat } from '../ports/pager.ts';
import { boundedKey, boundedPage, cut, pathKey } from './page-text.ts';

/** Where PagerDuty takes events; accounts in its EU region have `https://events.eu.pagerduty.com/v2/enqueue`. */
export const PAGERDUTY_URL = 'https://events.pagerduty.com/v2/enqueue';
/** Opsgenie; in the EU `https://api.eu.opsgenie.com`. Jira Service Management takes the same at its own address. */
export const OPSGENIE_URL = 'https://api.opsgenie.com';

const SENDER = 'aks-reflex';
const UNTITLED = 'aks-reflex: a problem without a title';

/** https://developer.pagerduty.com/docs/send-alert-event#parameters */
const PAGERDUTY = { dedupKey: 255, summary: 1_024 };
/** https://docs.opsgenie.com/docs/alert-api#create-alert */
const OPSGENIE = { alias: 512, message: 130, description: 15_000, entity: 512 };
const OPSGENIE_PRIORITY = { critical: 'P1', warning: 'P3', info: 'P5' } as const;
/** Ours, and stable: what receivers may set their columns to. */
const WEBHOOK_KEY = 512;

/**
 * PagerDuty Events API v2: `trigger` and `resolve`. Our severities are three of its four by the same names.
 * @param routingKey - the integration key. It is a secret, and travels in the body.
 */
export function pagerDutyFormat(routingKey: string): PageFormat {
  const event = (action: 'trigger' | 'resolve', key: string) => ({
    routing_key: routingKey,
    event_action: action,
    dedup_key: boundedKey(key, PAGERDUTY.dedupKey),
  });
  return {
    page: (page) => {
      const { title, detail, target, severity, at, links, whatToDo } = boundedPage(page);
      return post({
        ...event('trigger', page.key),
        client: SENDER,
        payload: {
          summary: cut(title || UNTITLED, PAGERDUTY.summary),
          source: target || SENDER,
          severity,
          ...(at === '' ? {} : { timestamp: at }),
          custom_details: { what_to_do: whatToDo, detail },
        },
        links: links.map(({ title: text, url }) => ({ href: url, text })),
      });
    },
    resolve: (key) => post(event('resolve', key)),
  };
}

/**
 * Opsgenie Alert API: create, and close by alias. P1 is critical, P3 a warning, P5 an information.
 * @param apiKey - key of an API integration; a secret, and travels in a header.
 */
export function opsgenieFormat(apiKey: string): PageFormat {
  const headers = { authorization: `GenieKey ${apiKey}` };
  return {
    page: (page) => {
      const { title, target, severity } = boundedPage(page);
      return {
        path: '/v2/alerts',
        query: {},
        headers,
        body: {
          // The alias is a segment of the path when the alert is closed.
          alias: pathKey(page.key, OPSGENIE.alias),
          message: cut(withoutMarkup(title) || UNTITLED, OPSGENIE.message),
          description: cut(withoutMarkup(description(page)), OPSGENIE.description),
          entity: cut(target, OPSGENIE.entity),
          priority: OPSGENIE_PRIORITY[severity],
          source: SENDER,
        },
      };
    },
    resolve: (key) => ({
      path: `/v2/alerts/${pathKey(key, OPSGENIE.alias)}/close`,
      query: { identifierType: 'alias' },
      headers,
      body: { source: SENDER },
    }),
  };
}

/**
 * Our own body, for any other service; members are only ever added, or `schema` changes:
 *
 * - `{schema: 1, event: "page", key, severity, title, detail, target, at, links: [{title, url}], whatToDo}`, severity
 *   `critical`, `warning` or `info`; `at` ISO 8601 or '' if unknown; `key` at most 512 characters
 * - `{schema: 1, event: "resolve", key}`, also for a key that was never paged
 *
 * The same page may arrive more than once; `key` tells. Lengths are those of `boundedPage`.
 * @param headers - sent along, for a receiver that wants a token of its own.
 */
export function genericFormat(headers: Readonly<Record<string, string>> = {}): PageFormat {
  const keyOf = (key: string): string => boundedKey(key, WEBHOOK_KEY);
  return {
    page: (page) => {
      const { links, ...texts } = boundedPage(page);
      const named = { ...texts, key: keyOf(page.key), links: links.map(({ title, url }) => ({ title, url })) };
      return { ...post({ schema: 1, event: 'page', ...named }), headers };
    },
    resolve: (key) => ({ ...post({ schema: 1, event: 'resolve', key: keyOf(key) }), headers }),
  };
}

function post(body: ReturnType<PageFormat['page']>['body']): ReturnType<PageFormat['page']> {
  return { path: '', query: {}, headers: {}, body };
}

/** What to do comes first, and what a signal may have made long comes last, where it is cut. */
function description(page: Page): string {
  const { whatToDo, target, at, links, detail } = boundedPage(page);
  const lines = [
    whatToDo === '' ? '' : `What to do: ${whatToDo}`,
    `Target: ${target}`,
    at === '' ? '' : `Seen: ${at}`,
    ...links.map(({ title, url }) => `${title}: ${url}`),
    detail,
  ];
  return lines.filter((line) => line !== '').join('\n');
}

/** Opsgenie shows HTML (https://docs.opsgenie.com/docs/alerts-and-alert-fields), and no tag starts without `<`. */
function withoutMarkup(text: string): string {
  return text.replaceAll('<', '‹');
}
