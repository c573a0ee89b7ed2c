import { isJsonObject, type Json, type JsonObject } from '../base/json';
import { t } from '../base/l10n';
import type { ResultOrder } from './result';
import { directionOf, orderStatusOf, orderTypeOf, securityTypeOf } from './resultEnums';
import { member, toNumber, toText, toTime, type ReadWarnings } from './resultRead';

/** What the events of one order add to it. */
export interface OrderFills {
  /** Sum of fees; absent while no fill was seen. */
  readonly fee?: number;
  /** Unix seconds UTC. */
  readonly lastFillTime?: number;
}

/** Fees and last fill by order id, from the content of `A-order-events.json`. */
export function readOrderEvents(events: Json, warnings: ReadWarnings): ReadonlyMap<number, OrderFills> {
  const fills = new Map<number, { fee: number; lastFillTime: number | undefined }>();
  if (!Array.isArray(events)) {
    warnings.add('order events', t('expected a list'));
    return fills as ReadonlyMap<number, OrderFills>;
  }
  for (const [position, event] of (events as readonly Json[]).entries()) {
    const id = isJsonObject(event) ? toNumber(member(event, 'orderId')) : undefined;
    if (!isJsonObject(event) || id === undefined) {
      warnings.add(`order events.${position}`, t('expected an event with an orderId'));
      continue;
    }
    const filled = toNumber(member(event, 'fillQuantity'));
    const fee = toNumber(member(event, 'orderFeeAmount') ?? 0) ?? NaN;
    if ((filled === undefined || filled === 0) && fee === 0) continue;
    const before = fills.get(id) ?? { fee: 0, lastFillTime: undefined };
    before.fee += fee;
    const time = toTime(member(event, 'time'));
    if (filled !== undefined && filled !== 0 && time !== undefined) before.lastFillTime = Math.max(time, before.lastFillTime ?? time);
    fills.set(id, before);
  }
  return fills as ReadonlyMap<number, OrderFills>;
}

/** Orders of a result file, by id ascending. LEAN writes an object by id; lists are taken too. */
export function readOrders(orders: Json | undefined, fills: ReadonlyMap<number, OrderFills>, warnings: ReadWarnings): ResultOrder[] {
  if (orders === undefined || orders === null) return [];
  if (typeof orders !== 'object') {
    warnings.add('orders', t('expected an object by order id'));
    return [];
  }
  const result: ResultOrder[] = [];
  for (const [key, order] of Object.entries<Json>(orders as Readonly<Record<string, Json>>)) {
    if (isJsonObject(order)) result.push(readOrder(order, key, fills, warnings));
    else warnings.add(`orders.${key}`, t('expected an object'));
  }
  return result.sort((a, b) => a.id - b.id);
}

function readOrder(order: JsonObject, key: string, fills: ReadonlyMap<number, OrderFills>, warnings: ReadWarnings): ResultOrder {
  const where = `orders.${key}`;
  const number = (name: string): number => {
    const value = toNumber(member(order, name));
    if (value === undefined) warnings.add(`${where}.${name}`, t('expected a number'));
    return value ?? NaN;
  };
  const word = (name: string, read: (value: unknown) => string | undefined): string => {
    const value = member(order, name);
    const known = read(value);
    if (known === undefined) warnings.add(`${where}.${name}`, t("LEAN's {0} {1} is not known", name, JSON.stringify(value ?? null)));
    return known ?? `${name} ${toText(value) ?? '—'}`;
  };
  const id = toNumber(member(order, 'id')) ?? toNumber(key) ?? NaN;
  const time = toTime(member(order, 'time'));
  if (time === undefined) warnings.add(`${where}.time`, t('expected a time'));
  const quantity = number('quantity');
  const price = number('price');
  const events = fills.get(id);
  const lastFillTime = events?.lastFillTime ?? toTime(member(order, 'lastFillTime'));
  return {
    id,
    time: time ?? NaN,
    symbol: symbolOf(member(order, 'symbol')),
    securityType: word('securityType', securityTypeOf),
    type: word('type', orderTypeOf),
    direction: directionOf(member(order, 'direction')) ?? directionBySign(quantity),
    quantity,
    price,
    value: toNumber(member(order, 'value')) ?? quantity * price,
    currency: toText(member(order, 'priceCurrency')) ?? '',
    status: word('status', orderStatusOf),
    tag: toText(member(order, 'tag')) ?? '',
    ...(events?.fee === undefined ? {} : { fee: events.fee }),
    ...(lastFillTime === undefined ? {} : { lastFillTime }),
  };
}

function directionBySign(quantity: number): ResultOrder['direction'] {
  if (quantity > 0) return 'Buy';
  return quantity < 0 ? 'Sell' : 'Hold';
}

/** The ticker people know; the security identifier when there is none. */
function symbolOf(symbol: Json | undefined): string {
  if (!isJsonObject(symbol)) return toText(symbol) ?? '—';
  return toText(member(symbol, 'value')) ?? toText(member(symbol, 'permtick')) ?? toText(member(symbol, 'id')) ?? toText(symbol['ID']) ?? '—';
}
