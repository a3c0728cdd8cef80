import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { HEADERS } from '@commerce/contracts/headers';
import { parsePartition } from '@commerce/contracts/ids';
import { AppError } from '@commerce/contracts/problems';
import type { Logger } from '@commerce/service/logger';
import type { Dispatcher } from 'undici';
import type { Writable } from 'node:stream';
import { answerHeaders } from './answer-headers.ts';
import type { AwaitedExchange, ExchangeRegister } from './exchange-register.ts';
import type { Recording } from './gateway/catalogue-cache.ts';
import { createCompressor, encodedHeaders, encodingFor } from './gateway/compression.ts';
import type { Gateway } from './gateway/index.ts';
import { type Location, locatePartition } from './locate.ts';
import { redirect } from './misdirection.ts';
import type { PinCookies } from './pin-cookie.ts';
import { sendProblem } from './problem-response.ts';
import { type RequestBody, takeBody } from './request-body.ts';
import type { RequestHead } from './request-head.ts';
import type { RoutedProofs } from './routed-proofs.ts';
import type { RouterMetrics } from './router-metrics.ts';
import type { SeenPositions } from './seen-positions.ts';
import type { TableFollower } from './table-follower.ts';
import { answerAfterBody } from './unread-body.ts';
import { describeFault } from './upstream-faults.ts';
import type { Upstream, Upstreams } from './upstreams.ts';

/** What all exchanges share. */
export interface ExchangeDeps {
  readonly upstreams: Upstreams;
  readonly register: ExchangeRegister;
  readonly follower: TableFollower;
  readonly proofs: RoutedProofs;
  readonly pins: PinCookies;
  readonly positions: SeenPositions;
  readonly metrics: RouterMetrics;
  readonly logger: Logger;
  /** Requests to one cell under way at once. */
  readonly inFlightMax: number;
  /** Time to the first byte of a cell's answer, in milliseconds. */
  readonly answerTimeoutMs: number;
  readonly isStopping: () => boolean;
  readonly gateway: Gateway;
}

/** A request whose place is found. */
export interface RoutedRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly head: RequestHead;
  readonly method: string;
  readonly url: string;
  readonly location: Location;
  readonly country: string | undefined;
  /** The country that the shopper chose, to be kept in the next pin. */
  readonly chosenCountry: string | undefined;
  /** Whether the answer may move the shopper to their own partition. */
  readonly mayRepin: boolean;
  /** What the gateway adds to the answer: names and values in turn. */
  readonly answerExtras: readonly string[];
  /** Under which the answer may be kept for others; undefined where it may not. */
  readonly cacheKey: string | undefined;
  /** Whether the answer may be compressed on its way. */
  readonly mayCompress: boolean;
}

/** Methods of which a second request does what the first did (RFC 9110, 9.2.2). */
const REPEATABLE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

/** Largest 421 document that is read; a longer one is not the protocol's. */
const MISDIRECTION_BYTES_MAX = 16_384;

/** Sends a routed request to its cell and the answer to the client. */
export function exchange(deps: ExchangeDeps, routed: RoutedRequest): void {
  new Exchange(deps, routed).start();
}

/**
 * One request on its way. It is a class for once: undici calls its methods for each piece of the
 * answer, and an object of one shape costs a fraction of a set of closures for each request.
 */
class Exchange implements Dispatcher.DispatchHandler, AwaitedExchange {
  readonly #deps: ExchangeDeps;
  readonly #routed: RoutedRequest;
  readonly #startedAtMs = performance.now();
  /** Length of the headers before those that depend on the place. */
  readonly #headersLength: number;
  #location: Location;
  #upstream: Upstream | undefined;
  #body: RequestBody = null;
  #controller: Dispatcher.DispatchController | undefined;
  /** At most one replay, whatever the reason. */
  #wasReplayed = false;
  #hasMoved = false;
  #isClientGone = false;
  #isCellLost = false;
  #isWaitingForDrain = false;
  #status = 0;
  /** Pieces of a 421's document while it is held back. */
  #heldBack: Buffer[] | undefined;
  #heldBackHeaders: IncomingHttpHeaders = {};
  /** The client, or what compresses for it. */
  #out: Writable;
  #recording: Recording | undefined;
  readonly #cacheGeneration: number;

  constructor(deps: ExchangeDeps, routed: RoutedRequest) {
    this.#deps = deps;
    this.#routed = routed;
    this.#location = routed.location;
    this.#out = routed.response;
    this.#cacheGeneration = deps.gateway.cache?.generationOf(routed.location.cell) ?? 0;
    const { forwarded } = routed.head;
    if (routed.country !== undefined) forwarded.push(HEADERS.clientCountry, routed.country);
    this.#headersLength = forwarded.length;
  }

  get location(): Location {
    return this.#location;
  }

  start(): void {
    const { request, response, head } = this.#routed;
    response.on('close', () => this.#onClose());
    if (head.contentLength === undefined && !head.isChunked) {
      this.#send();
      return;
    }
    takeBody(request, head, (body) => {
      this.#body = body;
      if (this.#passesRules()) this.#send();
    });
  }

  /** Looks at a body that is held; one that is streamed is longer than what the rules read. */
  #passesRules(): boolean {
    if (!Buffer.isBuffer(this.#body)) return true;
    const contentType = this.#routed.request.headers['content-type'];
    const refusal = this.#deps.gateway.judgeBody(this.#body, contentType);
    if (refusal !== undefined) this.#fail(refusal);
    return refusal === undefined;
  }

  #onClose(): void {
    if (this.#routed.response.writableFinished) return;
    this.#isClientGone = true;
    this.#controller?.abort(new AppError('unavailable', { detail: 'the client went away' }));
  }

  #send(): void {
    if (this.#isClientGone) return;
    const { upstreams, follower, inFlightMax, proofs } = this.#deps;
    const location = this.#location;
    const nowMs = Date.now();
    const upstream = upstreams.of(follower.current(), location.cell);
    if (upstream === undefined) {
      this.#refuse('the cell is not known to the router');
      return;
    }
    if (upstream.inFlight >= inFlightMax) {
      this.#refuse('the cell has as many requests under way as it may');
      return;
    }
    if (!upstream.breaker.tryPass(nowMs)) {
      this.#refuse('the cell does not answer at present');
      return;
    }
    const { head, method, url } = this.#routed;
    const headers = head.forwarded;
    // A second sending puts its own place where the first one's was.
    headers.length = this.#headersLength;
    const contentLength = this.#streamedLength();
    if (contentLength !== undefined) headers.push('content-length', contentLength);
    headers.push(
      HEADERS.routedPartition,
      location.partition,
      HEADERS.routedEpoch,
      String(location.epoch),
      HEADERS.routedAuth,
      proofs.proofFor(location, nowMs),
    );
    upstream.inFlight++;
    this.#upstream = upstream;
    this.#deps.register.add(this);
    this.#controller = undefined;
    upstream.pool.dispatch(
      { path: url, method: method as Dispatcher.HttpMethod, headers, body: this.#body },
      this,
    );
  }

  /**
   * The announced length of a body that is streamed, so that the cell can refuse and allocate by it;
   * undici knows that of a held one itself.
   */
  #streamedLength(): string | undefined {
    const { contentLength } = this.#routed.head;
    if (contentLength === undefined || this.#body === null || Buffer.isBuffer(this.#body)) {
      return undefined;
    }
    return String(contentLength);
  }

  #refuse(detail: string): void {
    this.#fail(new AppError('unavailable', { detail, retryAfterS: 1 }));
  }

  #fail(error: AppError): void {
    const { response, request, head } = this.#routed;
    if (!response.headersSent && !response.destroyed) this.#deps.metrics.countOwn(error.status);
    answerAfterBody(request, () => sendProblem(response, error, head.requestId));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#isClientGone) this.#onClose();
    if (this.#isCellLost) this.leaveLostCell();
  }

  leaveLostCell(): void {
    this.#isCellLost = true;
    const detail = 'the cell does not answer, and another one has taken over';
    this.#controller?.abort(new AppError('gateway-timeout', { detail, retryAfterS: 1 }));
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    // 1xx answers are for this hop.
    if (status < 200) return;
    this.#upstream?.breaker.recordSuccess();
    this.#deps.register.remove(this);
    this.#status = status;
    if (status === 421 && !this.#wasReplayed && this.#isReplayable()) {
      this.#heldBack = [];
      this.#heldBackHeaders = headers;
      return;
    }
    if (status < 400 || this.#isReplayable()) {
      this.#answer(status, headers);
      return;
    }
    // The cell refuses what it has not read to its end: the client first sends the rest, to nobody.
    controller.pause();
    const { request } = this.#routed;
    request.unpipe();
    answerAfterBody(request, () => {
      if (this.#isClientGone) return;
      this.#answer(status, headers);
      controller.resume();
    });
  }

  #isReplayable(): boolean {
    return this.#body === null || Buffer.isBuffer(this.#body);
  }

  #answer(status: number, headers: IncomingHttpHeaders): void {
    const { response, head, country } = this.#routed;
    const { partition } = this.#location;
    const named = headers[HEADERS.routedPartition];
    const own = typeof named === 'string' ? parsePartition(named) : undefined;
    const position = headers[HEADERS.partitionPosition];
    if (typeof position === 'string') this.#deps.positions.record(own ?? partition, position);
    const pinHeader = this.#pinHeader(status, own);
    this.#record(status, headers);
    response.writeHead(
      status,
      answerHeaders(this.#encode(status, headers), {
        requestId: head.requestId,
        pinHeader,
        isCountryUnknown: country === undefined,
        isLast: this.#deps.isStopping(),
        extras: this.#routed.answerExtras,
      }) as string[],
    );
  }

  #record(status: number, headers: IncomingHttpHeaders): void {
    const { cacheKey } = this.#routed;
    // One that was misdirected comes from another cell than the key was made for.
    if (cacheKey === undefined || this.#wasReplayed) return;
    const { cache } = this.#deps.gateway;
    const { cell } = this.#location;
    this.#recording = cache?.begin(cell, cacheKey, { status, headers }, Date.now());
  }

  /** Puts a compressor before the client where that is worth it. @returns the headers that go with it */
  #encode(status: number, headers: IncomingHttpHeaders): IncomingHttpHeaders {
    const { request, response, method, mayCompress } = this.#routed;
    if (!mayCompress) return headers;
    const accepted = request.headers['accept-encoding'];
    const encoding = encodingFor(accepted, { method, status, headers });
    if (encoding === undefined) return headers;
    const compressor = createCompressor(encoding);
    compressor.on('error', () => response.destroy());
    response.once('close', () => compressor.destroy());
    compressor.pipe(response);
    this.#out = compressor;
    return encodedHeaders(headers, encoding);
  }

  /** The cookie that goes with the answer: a new shopper's, or that of one who signed in elsewhere. */
  #pinHeader(status: number, own: Location['partition'] | undefined): string | undefined {
    const { head, mayRepin, chosenCountry } = this.#routed;
    const { partition, isNewPin, cell } = this.#location;
    // A form that is done leads on by 303.
    const isSuccess = (status >= 200 && status < 300) || status === 303;
    const moved =
      mayRepin && isSuccess ? (own ?? (this.#hasMoved ? partition : undefined)) : undefined;
    if (moved === undefined && !isNewPin) return undefined;
    if (isNewPin) this.#deps.metrics.countNewPin(cell);
    return this.#deps.pins.setHeader(
      { partition: moved ?? partition, country: chosenCountry },
      { secure: head.isSecure, nowMs: Date.now() },
    );
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#heldBack !== undefined) {
      this.#holdBack(this.#heldBack, chunk);
      return;
    }
    this.#recording?.add(chunk);
    const out = this.#out;
    if (out.destroyed || out.write(chunk)) return;
    controller.pause();
    if (this.#isWaitingForDrain) return;
    this.#isWaitingForDrain = true;
    out.once('drain', () => {
      this.#isWaitingForDrain = false;
      controller.resume();
    });
  }

  #holdBack(held: Buffer[], chunk: Buffer): void {
    held.push(chunk);
    const bytes = held.reduce((sum, piece) => sum + piece.length, 0);
    if (bytes > MISDIRECTION_BYTES_MAX) this.#release(held);
  }

  /** Gives the client an answer that was held back. */
  #release(held: readonly Buffer[]): void {
    this.#heldBack = undefined;
    this.#answer(this.#status, this.#heldBackHeaders);
    for (const piece of held) this.#out.write(piece);
  }

  onResponseEnd(): void {
    const upstream = this.#leave();
    const held = this.#heldBack;
    if (held !== undefined) {
      this.#redirect(held).catch((error: unknown) => {
        this.#deps.logger.error({ err: error }, 'a misdirected request could not be sent on');
        this.#fail(new AppError('internal-error', { cause: error }));
      });
      return;
    }
    this.#out.end();
    this.#recording?.finish(this.#cacheGeneration);
    if (upstream === undefined) return;
    const durationMs = performance.now() - this.#startedAtMs;
    this.#deps.metrics.countAnswer(upstream.cell, this.#status, durationMs);
  }

  async #redirect(held: readonly Buffer[]): Promise<void> {
    const body = Buffer.concat(held).toString();
    const redirection = await redirect(this.#location, body, this.#deps.follower);
    if (this.#isClientGone) return;
    if (redirection === undefined) {
      this.#release(held);
      this.#out.end();
      return;
    }
    this.#heldBack = undefined;
    this.#hasMoved = redirection.reason === 'partition';
    this.#location = redirection.location;
    this.#replay(redirection.reason);
  }

  #replay(reason: 'partition' | 'epoch' | 'connection'): void {
    this.#wasReplayed = true;
    this.#deps.metrics.countReplay(reason);
    this.#send();
  }

  onResponseError(_controller: Dispatcher.DispatchController, fault: Error): void {
    const upstream = this.#leave();
    if (this.#isClientGone) return;
    const { error, isCells, isConnection } = describeFault(fault);
    if (isCells && upstream !== undefined) {
      upstream.breaker.recordFailure(Date.now());
      const { requestId } = this.#routed.head;
      const fields = {
        cell: upstream.cell,
        requestId,
        code: (fault as NodeJS.ErrnoException).code,
      };
      this.#deps.logger.warn(fields, 'a cell did not answer');
    }
    const { response, method } = this.#routed;
    if (this.#isCellLost && this.#followLostCell()) return;
    if (response.headersSent) {
      // The client must not take half an answer for a whole one.
      response.destroy();
      return;
    }
    const isSafe = method === 'GET' || method === 'HEAD';
    if (isSafe && isConnection && !this.#wasReplayed && this.#heldBack === undefined) {
      this.#replay('connection');
      return;
    }
    this.#fail(error);
  }

  /**
   * Sends what a lost cell has not answered to the one that took over, as its client would: only where a
   * second request under the same key, or of such a method, has no second effect.
   */
  #followLostCell(): boolean {
    this.#isCellLost = false;
    const { method, head } = this.#routed;
    const isRepeatable = REPEATABLE.has(method) || head.idempotencyKey !== undefined;
    if (!isRepeatable || this.#wasReplayed || !this.#isReplayable()) return false;
    const { partition, isNewPin } = this.#location;
    const found = locatePartition(this.#deps.follower.current(), partition);
    if (found === undefined) return false;
    this.#location = { ...found, isNewPin };
    this.#replay('epoch');
    return true;
  }

  #leave(): Upstream | undefined {
    this.#deps.register.remove(this);
    const upstream = this.#upstream;
    this.#upstream = undefined;
    if (upstream !== undefined) upstream.inFlight--;
    return upstream;
  }
}
