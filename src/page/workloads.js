// Who has GPUs: a workload's state and columns, and who has one GPU.
import { gibOf, signOf, toldPanel } from './facts.js'
import { h } from './dom.js'
import { placeOf } from './fleet.js'
import { number, time } from './format.js'
import { numeric, queryOf, textual } from './listing.js'
import { whereOf, workloadNameOf } from './rows.js'
import { add, t } from './text.js'
import './text-more.js'

add({
  w_none_here: 'No workload is known to have it.',
  w_here: 'Whose it is',
  w_not_told: 'Who has it is not known now.',
  workload: 'Workload',
  container: 'Container',
  state: 'State',
  shared_by: 'Shared',
  shared_alone: 'no',
  shared_n: 'by {n}',
  shared_with: 'one of {n} that share it',
  owner: 'Made by',
  started: 'Started',
  since_start: 'since {time}',
  requested: 'Asks for',
  states_mean: 'What states mean',
  w_active: 'active',
  w_idle: 'idle',
  w_starting: 'starting',
  w_pending: 'pending',
  w_unseen: 'unseen',
  w_unknown: 'unknown',
  w_active_means: 'Its GPU was in use: by the standard at 1 % or more, in the last 15 minutes.',
  w_idle_means: 'It has the GPU, which was not in use in all that time.',
  w_starting_means: 'Not in use, but it has the GPU for less than that time.',
  w_pending_means: 'Its pod asks for GPUs, and waits.',
  w_unseen_means: 'Its pod runs and asks for GPUs, but no exporter shows it on one.',
  w_unknown_means:
    'Nobody measured it, or others have the GPU as well, and nobody tells them apart.'
})

export const STATES = ['active', 'idle', 'starting', 'pending', 'unseen', 'unknown']

/** In words; one that is new here is as the API calls it. @param {string} state */
export const stateText = state => (STATES.includes(state) ? t(`w_${state}`) : state)

/** What somebody should look at has the sign of that. @param {string} state */
const isNotable = state => state === 'idle' || state === 'unseen'

/** @param {WorkloadRow} row @param {Context} ctx the GPU's, if it has one */
export function cardLink(row, ctx) {
  const { view, path, params } = placeOf(/** @type {any} */ (row))
  return view === 'gpu' ? ctx.link(view, path, params) : null
}

/** Where it is found. @param {WorkloadRow} row @param {Context} ctx */
const workloadLink = ({ namespace, pod, job_id }, ctx) =>
  ctx.link('workloads', [], { q: queryOf({ namespace, pod, job: job_id }) })

/** @param {WorkloadRow} row */
const ownerOf = ({ owner_kind, owner_name }) =>
  owner_name === null ? null : owner_kind === null ? owner_name : `${owner_kind} ${owner_name}`

const percent = (/** @type {number} */ n) => t('percent', { n: number(n) })

/** @param {WorkloadRow} row */
const memoryText = ({ memory_used, memory_limit }) =>
  memory_limit === null
    ? gibOf(memory_used)
    : `${gibOf(memory_used)} ${t('of_limit', { limit: gibOf(memory_limit) })}`

/**
 * Those that anybody tells of; what is told of nobody has no column.
 *
 * @param {Context} ctx
 * @param {WorkloadRow[]} rows all there are
 * @returns {Column[]}
 */
export function workloadColumns(ctx, rows) {
  const { tz } = ctx.route.params
  /** @type {Column[]} */
  const always = [
    textual('workload', workloadNameOf, { link: row => cardLink(row, ctx) }),
    textual('gpu', row => whereOf(row, ctx).name, { wide: true }),
    {
      ...textual('state', row => row.state),
      text: row => stateText(row.state),
      mark: row => (isNotable(row.state) ? 'warn' : `s-${row.state}`)
    },
    {
      ...numeric('shared_by', row => row.shared_by, number),
      right: false,
      text: ({ shared_by }) =>
        shared_by === null
          ? number(null)
          : shared_by > 1
            ? t('shared_n', { n: number(shared_by) })
            : t('shared_alone'),
      mark: row => (row.shared_by > 1 ? 'shared' : '')
    },
    numeric('utilization', row => row.utilization, percent),
    { ...numeric('gpu_memory', row => row.memory_used, number), wide: true, text: memoryText }
  ]
  /** @type {Column[]} */
  const told = [
    numeric(
      'power',
      row => row.power_draw,
      n => t('w', { n: number(n) })
    ),
    textual('user', row => row.job_user),
    textual('owner', ownerOf, { wide: true }),
    textual('started', row => row.started_at, {
      wide: true,
      text: row =>
        row.started_at === null ? number(null) : time(Date.parse(row.started_at), tz, 'date')
    }),
    textual('container', row => row.container),
    numeric('requested', row => row.requested, number)
  ]
  return [
    ...always,
    ...told.filter(({ value }) => rows.some(row => (value?.(row) ?? null) !== null))
  ]
}

/** @param {WorkloadRow} row @param {string} tz */
const factsOf = (row, tz) =>
  [
    row.container,
    ownerOf(row),
    row.job_user,
    row.shared_by !== null && row.shared_by > 1
      ? t('shared_with', { n: number(row.shared_by) })
      : null,
    row.utilization === null ? null : percent(row.utilization),
    row.memory_used === null ? null : memoryText(row),
    row.started_at === null
      ? null
      : t('since_start', { time: time(Date.parse(row.started_at), tz, 'date') })
  ]
    .filter(Boolean)
    .join(' · ')

/** Whose one GPU is. @param {Context} ctx */
export const holdersPanel = ctx =>
  toldPanel(ctx, {
    source: 'workloads',
    title: t('w_here'),
    untold: t('w_not_told'),
    none: t('w_none_here'),
    item: (row, i) => holder(row, i, ctx)
  })

/** @param {WorkloadRow} row @param {number} i @param {Context} ctx */
const holder = (row, i, ctx) =>
  h(
    'li',
    null,
    signOf(isNotable(row.state) ? 'warn' : 'info'),
    h('a', {
      class: 't',
      href: workloadLink(row, ctx),
      data: { key: `holder-${i}` },
      text: workloadNameOf(row)
    }),
    h('span', { class: 'more', text: stateText(row.state) }),
    h('span', { class: 's', text: factsOf(row, ctx.route.params.tz) })
  )
