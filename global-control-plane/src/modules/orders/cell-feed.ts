import type { EventSubscriber } from '@commerce/engines/event-bus/event-bus';
import { createHttpPullSubscriber } from '@commerce/engines/event-bus/http-pull/http-pull';
import { signServiceCall } from '@commerce/service/auth/service-token';
import type { Clock } from '@commerce/service/clock';

/** Name that a cell keeps our progress under; it must be the caller of the service token. */
export const CONSUMER = 'control-plane';

/** A cell, as far as its feed needs it. `url` is read before each call: a cell may move. */
export interface FeedSource {
  readonly cellId: string;
  readonly url: () => string;
}

export type SubscriberOf = (source: FeedSource) => EventSubscriber;

/** @param key shared by the control plane and the cells */
export function createCellSubscribers(key: Uint8Array, clock: Clock): SubscriberOf {
  return ({ cellId, url }) =>
    createHttpPullSubscriber({
      url,
      authorize: () => signServiceCall(key, { caller: CONSUMER, audience: cellId, clock }),
    });
}
