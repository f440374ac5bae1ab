import type { IdentitySearch } from '../http/identity-search.ts'
import type { FoundKeys } from './found-keys.ts'
import { readCredentialFile } from '../http/read-credential-file.ts'
import { assumeRoleWithToken, type Role } from './sts.ts'

/** Keys for AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN, as pods of EKS have them. */
export async function webIdentityKeys(search: IdentitySearch): Promise<FoundKeys | undefined> {
  const { AWS_WEB_IDENTITY_TOKEN_FILE: file, AWS_ROLE_ARN: role, AWS_ROLE_SESSION_NAME: session } = search.env
  if (!file || !role) return undefined
  return roleOfToken({ file, role, session }, search)
}

/** Keys of a role for the token in a file, which is replaced before it expires. */
export async function roleOfToken(
  { file, ...role }: Role & { readonly file: string },
  search: IdentitySearch,
): Promise<FoundKeys> {
  return assumeRoleWithToken(role, (await readCredentialFile(file)).trim(), search)
}
