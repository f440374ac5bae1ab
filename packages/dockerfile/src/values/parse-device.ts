import { DockerfileError } from '../text/errors.ts'
import { csvFields } from '../mount/csv-fields.ts'
import { readBoolean } from '../mount/mount-values.ts'
import { didYouMean } from '../text/suggest.ts'

/**
 * One `RUN --device`: a name of the Container Device Interface, a class, or the kind whose first
 * device is meant.
 */
export interface DeviceRequest {
  readonly name: string
  readonly required: boolean
}

/** Reads `name[,required]`. Throws DEVICE_INVALID with the words of BuildKit. */
export function parseDevice(text: string): DeviceRequest {
  let name = ''
  let required = false
  for (const field of csvFields(text, 'devices')) {
    const equals = field.indexOf('=')
    const key = (equals < 0 ? field : field.slice(0, equals)).toLowerCase()
    const value = equals < 0 ? undefined : field.slice(equals + 1)
    if (key === 'required') required = value === undefined || readBoolean(key, value)
    else if (key === 'name' && value !== undefined) {
      if (name !== '') throw invalid(`device name already set to ${name}`)
      name = value
    } else if (name === '') name = field
    else if (value === undefined) throw invalid(`invalid field '${field}' must be a key=value pair`)
    else throw invalid(`unexpected key '${key}' in '${field}'`, didYouMean(key, ['name', 'required']))
  }
  return { name, required }
}

function invalid(message: string, details: { readonly hint?: string } = {}): DockerfileError {
  return new DockerfileError('DEVICE_INVALID', message, details)
}
