// The shapes of things, for all modules; not installed.

type Schemas = import('./contract.d.ts').components['schemas']
type Gpu = Schemas['GpuMetricsRow']
type NodeRow = Schemas['GpuNodesRow']
type ProcessRow = Schemas['GpuProcessesRow']
type NamespaceRow = Schemas['GpuNamespacesRow']
type AvailableRow = Schemas['GpuAvailableRow']
type AvailableNodeRow = Schemas['GpuAvailableNodeRow']
type AvailableModelRow = Schemas['GpuAvailableModelRow']
type ProblemRow = Schemas['GpuProblemsRow']
type WorkloadRow = Schemas['GpuWorkloadsRow']

// --- requests

/** What came of one request. */
interface Reply {
  ok: boolean
  /** only if ok */
  data: any
  warnings: string[]
  /** of how many rows these are a part; null: these are all */
  total: number | null
  fault: '' | 'api' | 'garbage' | 'timeout' | 'network' | 'sign-in' | 'missing'
  /** the API's own words, or the fault's */
  error: string
  /** 0: there was no answer */
  status: number
  requestId: string
  /** what X-Cache-Status says */
  cache: string
  /** the server's clock */
  date_ms: number | null
  /** of performance.now() */
  received_ms: number
  took_ms: number
  retryAfter_s: number | null
}

/** What is known of one thing that is asked for again and again. */
interface Resource {
  path: string
  /** the last answer with data */
  good: Reply | null
  /** the last one at all */
  last: Reply | null
  /** performance.now(); 0: never */
  asked_ms: number
  /** in a row */
  failures: number
  /** since when, of performance.now() */
  failing_ms: number | null
  busy: boolean
}

interface Source {
  path: string
  /** at least that long between two requests; once: 0 */
  every_s?: number
}

type State = 'loading' | 'live' | 'stale' | 'disconnected' | 'error' | 'sign-in'

// --- addresses

interface Params {
  /** what to search for */
  q: string
  /** a column, with - before it for descending order; empty: as the server has it */
  sort: string
  /** of the heat map */
  metric: string
  /** of the heat map: node or value */
  order: string
  /** of the charts */
  range: string
  /** of the charts, instead: such as 2026-01-02T03:04:05Z; both or none */
  from: string | null
  to: string | null
  /** seconds; 0: never; -1: by the fleet's size */
  refresh: number
  /** local or utc */
  tz: string
  /** of the node or GPU */
  cluster: string | null
  /** of the GPU, where it has no index */
  uuid: string | null
  /** of the processes: none, user or name */
  group: string
  /** of what is free: model, node or gpu */
  by: string
  /** so many on one node */
  count: number
  /** GiB, at least */
  free: number
  /** for how long they are to have been idle; empty: as the server has it */
  idle: string
  /** whether those that workloads have count: exclude or include */
  held: string
  /** pack or spread */
  fit: string
  /** of the table of GPUs */
  cols: string[]
  /** of a table; 0: it has no pages */
  page: number
}

interface Route {
  view: string
  path: string[]
  params: Params
  /** names of parameters whose value is none, and the unknown ones */
  bad: string[]
}

// --- views

/** What a view may use. */
interface Context {
  route: Route
  /** what a source of the view has said */
  get(name: string): Resource | undefined
  /** an address, with what holds for all views */
  link(view: string, path?: string[], params?: object): string
  go(place: string): void
  /** the present view's parameters */
  change(params: Partial<Params>): void
  isDark(): boolean
  /** auto, light or dark */
  theme(): string
  hasSingleKeys(): boolean
  roll: import('./fleet.js').Roll
  /** the server's clock */
  now_ms(): number | null
  state(): State
  dismissGone(): void
  /** the view wants other things than before */
  wanted(): void
  announce(text: string): void
}

interface View {
  /** the first tells how old the view is */
  sources(route: Route): Record<string, Source>
  title(route: Route): string
  /** columns that its rows can be sorted by */
  sorts?(params: Params): string[]
  create(ctx: Context): {
    element: HTMLElement
    update(): void
    /** what else it wants, by what is in sight */
    wants?(): Record<string, Source>
    destroy?(): void
  }
}

/** What the frame shows of the view's first source. */
interface Status {
  state: State
  /** of the measurements */
  age_s: number | null
  /** or only asked then */
  isMeasured: boolean
  it: Resource | undefined
  next_ms: number | null
  interval_s: number
  isPaused: boolean
  since: string
}

/** What people do with the frame. */
interface FrameActs {
  togglePause(): void
  askNow(): void
  help(): void
  search(q: string): void
}

interface SettingActs {
  setTheme(theme: string): void
  setRefresh(s: number): void
  setTz(tz: string): void
  setSingleKeys(on: boolean): void
}

// --- what needs attention

interface Kind {
  kind: string
  mark: 'bad' | 'warn' | 'info'
  title(): string
  /** finds all of them; '': no search does */
  q: string
  /** of FLAG: what holds for its rows */
  flag: number
  /** not counted for each of its instances */
  isOfCard?: boolean
  /** the greatest comes first; else as the server has them */
  rank?(row: Gpu): number | null
  note(row: Gpu, tz: string): string
}

interface Finding {
  kind: string
  mark: 'bad' | 'warn' | 'info'
  title: string
  count: number
  first: { name: string; link: string; note: string }[]
  /** where all of them are */
  all: string
}

interface Gone {
  key: string
  row: Gpu
  since_ms: number
}

// --- the heat map

interface Cell {
  value: number | null
  /** of FLAG */
  flags: number
  /** whose cell it is */
  row: Gpu
}

/** A node's GPUs of one model. */
interface NodeCells {
  model: string
  cells: Cell[]
}

/** Of a node, or of nothing in particular. */
interface Block {
  label: string
  cells: Cell[]
}

interface Group {
  title: string
  blocks: Block[]
}

/** Where a group is. */
interface Area extends Group {
  y: number
  perLine: number
  columns: number
  blockW: number
  blockH: number
  labelH: number
}

type Placed = ReturnType<typeof import('./cells.js').place>

/** A cell: its area, its block there, its place in that. */
interface At {
  a: number
  b: number
  c: number
}

/** One with more than its colour. */
interface MarkedCell {
  x: number
  y: number
  cell: Cell
  step: number
}

// --- tables

interface Column {
  id: string
  label: string
  text(row: any): string
  /** to sort by; without it the column cannot be sorted */
  value?(row: any): string | number | null
  right?: boolean
  /** on a phone's card it has a line of its own */
  wide?: boolean
  /** and as many lines, if it is more than one */
  lines?: number
  link?(row: any): string | null
  /** what stands in its place: an element */
  picture?(row: any): any
  /** a class */
  mark?(row: any): string
}

interface TableOptions {
  label: string
  /** tells a row apart from the others, in each answer */
  keyOf(row: any): string
  /** where a row leads */
  open(row: any): string | null
  change(params: Partial<Params>): void
  go(place: string): void
  /** pixels of a column, without which rows scroll sideways; many are texts: more than others */
  columnW?: number
  /** which rows are in the document now */
  seen?(rows: any[]): void
}

// --- charts

interface Shown {
  /** as the API has them: Unix seconds, and a column of values for each series */
  columns: number[][]
  /** of the series */
  names: string[]
  /** behind a number */
  unit: string
  decimals: number
  /** of the axis; without it what is there */
  most?: number
  /** a dashed line */
  limit: number | null
  /** where the axis ends: now, so that what is missing is seen */
  end_ms: number
  tz: string
  isDark: boolean
}

type HistoryPanel = ReturnType<typeof import('./history.js').historyPanel>
