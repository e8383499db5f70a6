// One request: a deadline, and what came of it. Nothing is thrown, nothing made up.

export const DEADLINE_MS = 15000
const LOG_LENGTH = 20
// Relative, so that a prefix before /gpu/ is one before /api/ as well.
export const BASE = '../api/'

/** @type {{path: string, at_ms: number, status: number, took_ms: number, cache: string, requestId: string}[]} */
export const log = []

/**
 * @param {string} path
 * @param {number} started_ms
 * @param {Partial<Reply>} rest
 * @returns {Reply}
 */
function reply(path, started_ms, rest) {
  const received_ms = performance.now()
  const all = {
    ok: false,
    data: null,
    warnings: [],
    total: null,
    fault: /** @type {const} */ (''),
    error: '',
    status: 0,
    requestId: '',
    cache: '',
    date_ms: null,
    received_ms,
    took_ms: received_ms - started_ms,
    retryAfter_s: null,
    ...rest
  }
  log.push({
    path,
    at_ms: received_ms,
    status: all.status,
    took_ms: all.took_ms,
    cache: all.cache,
    requestId: all.requestId
  })
  if (log.length > LOG_LENGTH) log.shift()
  return all
}

/**
 * @param {Response} answer
 * @returns {Partial<Reply>}
 */
function headersOf(answer) {
  const date_ms = Date.parse(answer.headers.get('Date') ?? '')
  const retry = Number(answer.headers.get('Retry-After'))
  return {
    status: answer.status,
    requestId: answer.headers.get('X-Request-Id') ?? '',
    cache: answer.headers.get('X-Cache-Status') ?? '',
    date_ms: Number.isNaN(date_ms) ? null : date_ms,
    retryAfter_s: retry > 0 ? retry : null
  }
}

/**
 * @param {any} body
 * @returns {boolean}
 */
const isEnvelope = body =>
  body !== null && typeof body === 'object' && typeof body.success === 'boolean'

/**
 * @param {Response} answer
 * @param {string} text
 * @returns {Partial<Reply>}
 */
function readBody(answer, text) {
  let body = null
  try {
    body = JSON.parse(text)
  } catch {
    // Below.
  }
  if (
    answer.status === 401 ||
    answer.status === 403 ||
    answer.redirected ||
    (body === null &&
      (answer.headers.get('Content-Type') ?? '').startsWith('text/html') &&
      answer.ok)
  ) {
    return { fault: 'sign-in', error: isEnvelope(body) ? String(body.error) : '' }
  }
  if (!isEnvelope(body))
    return { fault: answer.status === 404 ? 'missing' : 'garbage', error: `HTTP ${answer.status}` }
  const warnings = Array.isArray(body.warnings) ? body.warnings.map(String) : []
  if (!answer.ok || !body.success || body.data === null || body.data === undefined) {
    return {
      fault: answer.status === 404 ? 'missing' : 'api',
      error: String(body.error ?? `HTTP ${answer.status}`),
      warnings
    }
  }
  return { ok: true, data: body.data, warnings, total: body.page?.total ?? null }
}

/**
 * @param {string} path behind /api/
 * @returns {Promise<Reply>}
 */
export async function ask(path) {
  const started_ms = performance.now()
  const deadline = AbortSignal.timeout(DEADLINE_MS)
  try {
    const answer = await fetch(BASE + path, {
      cache: 'no-cache',
      signal: deadline,
      headers: { Accept: 'application/json' }
    })
    // Of megabytes it takes half the time of answer.text().
    const text = new TextDecoder().decode(await answer.arrayBuffer())
    return reply(path, started_ms, { ...headersOf(answer), ...readBody(answer, text) })
  } catch (cause) {
    const late = deadline.aborted
    return reply(path, started_ms, {
      fault: late ? 'timeout' : 'network',
      error: late ? '' : String(/** @type {any} */ (cause)?.message ?? '')
    })
  }
}

// --- what is asked for

/**
 * As parameters of the API: of lists the commas are their own, of texts they are not.
 * @param {Record<string, string | string[]>} query
 */
export const written = query =>
  Object.entries(query)
    .map(([name, value]) => `${name}=${[value].flat().map(encodeURIComponent).join()}`)
    .join('&')
