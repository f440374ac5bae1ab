import type { RegistryReader } from '../storage/storage.ts'
import { WireError } from '../wire/wire-error.ts'

/** Throws `NAME_UNKNOWN` for a repository that does not exist. */
export async function repositoryUnknown(repository: string, storage: RegistryReader): Promise<void> {
  if (!(await storage.hasRepository(repository))) throw new WireError('NAME_UNKNOWN', `no repository "${repository}"`)
}
