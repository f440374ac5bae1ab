import type { Warning } from '../syntax/dockerfile.ts'
import { quoteGo } from '../text/quote-go.ts'
import type { Range } from '@tsbuild/errors'
import { buildKitEdits, suggest } from '../text/suggest.ts'
import { warning } from './warning.ts'

/** Use of an undeclared variable; `known` are the declared names. */
export function undefinedVar(name: string, known: Iterable<string>, range: Range): Warning {
  const near = suggest(name, known, buildKitEdits)
  return warning(
    'UndefinedVar',
    `Usage of undefined variable '$${name}'${near === undefined ? '' : ` (did you mean $${near}?)`}`,
    range,
  )
}

/** FROM uses a variable that no global ARG declares; `known` are those that are declared. */
export function undefinedArgInFrom(name: string, known: Iterable<string>, range: Range): Warning {
  const near = suggest(name, known, buildKitEdits)
  return warning(
    'UndefinedArgInFrom',
    `FROM argument '${name}' is not declared${near === undefined ? '' : ` (did you mean ${near}?)`}`,
    range,
  )
}

/**
 * The image name as written in FROM is empty or invalid when only the defaults of ARGs are used.
 */
export function invalidDefaultArgInFrom(image: string, range: Range): Warning {
  return warning(
    'InvalidDefaultArgInFrom',
    `Default value for ARG ${image} results in empty or invalid base image name`,
    range,
  )
}

/**
 * Base image of another platform than the requested one; platforms as `os/architecture[/variant]`.
 * Has no page.
 */
export function invalidBaseImagePlatform(
  found: { image: string; expected: string; actual: string },
  range: Range,
): Warning {
  const { image, expected, actual } = found
  const message = `Base image ${image} was pulled with platform ${quoteGo(actual)}, expected ${quoteGo(expected)} for current build`
  return { rule: 'InvalidBaseImagePlatform', message, range }
}

/** A mount has an option of another builder that says nothing here. No page explains it. */
export function mountOptionIgnored(option: string, range: Range): Warning {
  return { rule: 'MountOptionIgnored', message: `Mount option '${option}' is ignored`, range }
}

/** COPY or ADD names a file that `.dockerignore` leaves out. */
export function copyIgnoredFile(command: 'COPY' | 'ADD', file: string, range: Range): Warning {
  const verb = command === 'COPY' ? 'Copy' : 'Add'
  return warning(
    'CopyIgnoredFile',
    `Attempting to ${verb} file ${quoteGo(file)} that is excluded by .dockerignore`,
    range,
  )
}
