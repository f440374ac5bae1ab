import type { Authority } from '../auth/authority.ts'
import { deleteBlob, readBlob } from '../endpoints/blob.ts'
import { listCatalog, listReferrers, listTags } from '../endpoints/lists.ts'
import { deleteManifestOf, readManifestOf, writeManifest } from '../endpoints/manifest.ts'
import { readToken, requestToken } from '../endpoints/token.ts'
import { appendChunk, beginUpload, cancelUpload, finishUpload, readUpload } from '../endpoints/upload.ts'
import { type Access, type Action, catalogAccess } from '../names/scope.ts'
import type { RegistryReader, RegistryStorage } from '../storage/storage.ts'
import { WireError } from '../wire/wire-error.ts'
import { type Answer, jsonAnswer } from '../wire/answer.ts'
import type { RegistryRequest } from '../wire/request.ts'
import type { Route } from './route.ts'

/** Content of a registry, and the rules of access to it. */
export interface Registry {
  readonly reader: RegistryReader
  /** Absent for a registry that is only read. */
  readonly storage?: RegistryStorage | undefined
  readonly authority: Authority
}

/** One method of a resource: the right that it needs, and its work. */
interface Operation {
  readonly action?: Action
  run(request: RegistryRequest): Promise<Answer>
}

type Operations = Readonly<Partial<Record<string, Operation>>>

/** Methods of a resource. Those that write exist only where the registry can be written. */
export function operationsOf(route: Route, { reader, storage, authority }: Registry): Operations {
  switch (route.kind) {
    case 'base':
      return readable(async () => jsonAnswer({}))
    case 'token':
      return authority.hasUsers
        ? {
            ...readable((request) => readToken(request, authority)),
            POST: { run: (request) => requestToken(request, authority) },
          }
        : {}
    case 'catalog':
      return readable((request) => listCatalog(request, reader), 'pull')
    case 'tags':
      return readable((request) => listTags(route.repository, request, reader), 'pull')
    case 'referrers':
      return readable((request) => listReferrers(route, request, reader), 'pull')
    case 'blob':
      return {
        ...readable((request) => readBlob(route, request, reader), 'pull'),
        ...(storage && { DELETE: { action: 'delete' as const, run: () => deleteBlob(route, storage) } }),
      }
    case 'manifest':
      return {
        ...readable((request) => readManifestOf(route, request, reader), 'pull'),
        ...(storage && {
          PUT: { action: 'push' as const, run: (request) => writeManifest(route, request, storage) },
          DELETE: { action: 'delete' as const, run: () => deleteManifestOf(route, storage) },
        }),
      }
    case 'uploads':
      return storage
        ? { POST: { action: 'push', run: (request) => beginUpload(route.repository, request, storage) } }
        : {}
    case 'upload':
      return storage ? uploadOperations(route, storage) : {}
  }
}

function uploadOperations(route: Extract<Route, { kind: 'upload' }>, storage: RegistryStorage): Operations {
  const pushing = (run: Operation['run']): Operation => ({ action: 'push', run })
  return {
    GET: pushing(() => readUpload(route, storage)),
    PATCH: pushing((request) => appendChunk(route, request, storage)),
    PUT: pushing((request) => finishUpload(route, request, storage)),
    DELETE: pushing(() => cancelUpload(route, storage)),
  }
}

function readable(run: Operation['run'], action?: Action): Operations {
  const operation = { run, ...(action !== undefined && { action }) }
  return { GET: operation, HEAD: operation }
}

/** Rights that a method of a resource needs; a push needs those of a pull as well. */
export function accessFor(route: Route, action: Action | undefined): readonly Access[] {
  if (route.kind === 'catalog') return [catalogAccess]
  if (action === undefined || !('repository' in route)) return []
  return [{ type: 'repository', name: route.repository, actions: action === 'push' ? ['pull', 'push'] : [action] }]
}

/** The operation, or the error of a method that the resource does not have. */
export function chooseOperation(operations: Operations, method: string, isReadOnly: boolean): Operation {
  const operation = Object.hasOwn(operations, method) ? operations[method] : undefined
  if (operation !== undefined) return operation
  const writes = !['GET', 'HEAD'].includes(method)
  throw new WireError(
    'UNSUPPORTED',
    isReadOnly && writes ? 'the registry is read-only' : `${method} is not supported here`,
    {
      headers: { allow: Object.keys(operations).join(', ') },
    },
  )
}
