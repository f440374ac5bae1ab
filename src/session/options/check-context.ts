import { isStream } from '../../build-request.ts'
import { conflictIn, isContextPath } from '../../context/memory-context.ts'
import type { ContextFile } from '../../option-values.ts'
import {
  anyOf,
  type Check,
  integer,
  isObject,
  isText,
  OptionError,
  optional,
  record,
  shape,
  text,
} from './option-value.ts'

type Part<K extends string> = Extract<ContextFile, { readonly [name in K]: unknown }>

const isBytes = (value: unknown): boolean => value instanceof Uint8Array
const mode = optional(integer(0, 0o7777))
const anything: Check = () => {}

const content = anyOf('a string or bytes', { applies: isText, check: anything }, { applies: isBytes, check: anything })

const file = anyOf(
  'a string, bytes or an object with "content", "file" or "link"',
  { applies: isText, check: anything },
  { applies: isBytes, check: anything },
  { applies: has('link'), check: shape<Part<'link'>>({ link: text }) },
  { applies: has('file'), check: shape<Part<'file'>>({ file: text, mode }) },
  { applies: has('content'), check: shape<Part<'content'>>({ content, mode }) },
)

const files: Check = (value, path) => {
  const names = Object.keys(Object(value))
  const outside = names.find((name) => !isContextPath(name))
  if (outside !== undefined)
    throw new OptionError(path, `option "${path}" has a path outside the context: ${JSON.stringify(outside)}`)
  const conflict = conflictIn(names)
  if (conflict !== undefined)
    throw new OptionError(path, `option "${path}" has a file and files below it: ${JSON.stringify(conflict)}`)
  record(file)(value, path)
}

/** A context: path, URL, tar or files. */
export const checkContext: Check = anyOf(
  'a path, a URL, a tar, a stream or files',
  { applies: isText, check: text },
  { applies: (value) => value instanceof URL, check: anything },
  { applies: isBytes, check: anything },
  { applies: isStream, check: anything },
  { applies: isObject, check: files },
)

function has(name: string): (value: unknown) => boolean {
  return (value) => isObject(value) && name in value
}
