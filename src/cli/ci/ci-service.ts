/** A remark about a line of a file. Text may be anything; services escape it. */
export interface Annotation {
  readonly level: 'error' | 'warning'
  readonly message: string
  /** Relative to the directory of the checkout. */
  readonly file?: string
  /** From 1. */
  readonly line?: number
  /** From 1, in UTF-16 units. */
  readonly column?: number
}

/** Section of a log. */
export interface Section {
  readonly title: string
  /** Number of the step, from 1; unique within a build. */
  readonly number: number
  /** Milliseconds since 1970. */
  readonly time: number
}

/** A CI service: the marks in a log that its page understands. Lines come without their end. */
export interface CiService {
  readonly name: string
  /** Variable that its runners set, with the value. */
  readonly marker: readonly [variable: string, value: string]
  /** Begins a section. */
  open(section: Section): string
  /** Ends the section; undefined where the next one does. */
  close?(section: Section): string
  /** Unfolds the section that was open last, for a failed step. */
  expand?(): string
  /** A remark beside the code; undefined where the log cannot carry one. */
  annotate?(annotation: Annotation): string
  /** Request to hide a text of one line in the log; undefined where the log cannot carry one. */
  mask?(text: string): string
  /** Breaks marks in text of others, which the page would take for the service's own. */
  disarm(line: string): string
  /** Variable with the directory of the checkout. */
  readonly checkout: string
  /** Files of the job that a step may append to. */
  readonly files?: {
    /** Variable with the file for Markdown shown on the page of the job. */
    readonly summary: string
    /** Variable with the file for values that later steps read. */
    readonly outputs: string
    /** One value as that file holds it. */
    encode(name: string, value: string): string
  }
}
