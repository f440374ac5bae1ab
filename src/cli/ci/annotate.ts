import { existsSync } from 'node:fs'
import { isAbsolute, relative, resolve, sep } from 'node:path'
import type { Invocation } from '../invocation/invocation.ts'
import type { Annotation, CiService } from './ci-service.ts'

/**
 * One line that shows a remark on the page of the service, beside the file if it is in the
 * checkout. `file` of the annotation is relative to the working directory. Undefined where the log
 * of the service carries no remarks.
 */
export function annotate(
  service: CiService,
  { file, line, column, ...remark }: Annotation,
  { cwd, env }: Pick<Invocation, 'cwd' | 'env'>,
): string | undefined {
  const place = file === undefined ? undefined : placeInCheckout(resolve(cwd, file), env[service.checkout] || cwd)
  return service.annotate?.({
    ...remark,
    ...(place !== undefined && {
      file: place,
      ...(line !== undefined && { line }),
      ...(column !== undefined && { column }),
    }),
  })
}

function placeInCheckout(file: string, checkout: string): string | undefined {
  const path = relative(checkout, file)
  const isOutside = path === '..' || path.startsWith(`..${sep}`) || isAbsolute(path)
  return isOutside || !existsSync(file) ? undefined : path
}
