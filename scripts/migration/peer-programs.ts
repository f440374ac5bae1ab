/** A builder whose flags tsbuild understands. */
export interface PeerProgram {
  /** Command that people type. */
  readonly command: string
  /** Versions that the list of flags is from. */
  readonly versions: string
  /** Name of the page in docs/migrate. */
  readonly page: string
  readonly flags: readonly string[]
}

const dockerFlags = `
--add-host --allow --annotation --attest --build-arg --build-context --builder --cache-from
--cache-to --call --cgroup-parent --check --compress --cpu-period --cpu-quota --cpu-shares
--cpuset-cpus --cpuset-mems --debug --disable-content-trust --file --force-rm --iidfile
--isolation --label --load --memory --memory-swap --metadata-file --network --no-cache
--no-cache-filter --output --platform --policy --print --progress --provenance --pull --push
--quiet --rm --sbom --secret --security-opt --shm-size --squash --ssh --tag --target --ulimit
`

const podmanFlags = `
--add-host --all-platforms --annotation --arch --authfile --build-arg --build-context --cache-from
--cache-to --cache-ttl --cap-add --cap-drop --cert-dir --cgroup-parent --cgroupns --compress
--cpp-flag --cpu-period --cpu-quota --cpu-shares --cpuset-cpus --cpuset-mems --creds
--decryption-key --device --disable-compression --disable-content-trust --dns --dns-option
--dns-search --env --events-backend --file --force-rm --format --from --hooks-dir --http-proxy
--identity-label --ignorefile --iidfile --ipc --isolation --jobs --label --layers --log-level
--logfile --logsplit --manifest --memory --memory-swap --network --no-cache --no-hosts
--omit-history --os --os-feature --os-version --output --pid --platform --pull --quiet --retry
--retry-delay --rm --runtime --runtime-flag --secret --security-opt --shm-size --sign-by
--skip-unused-stages --squash --squash-all --ssh --stdin --storage-driver --tag --target
--timestamp --tls-verify --ulimit --unsetenv --userns --userns-gid-map --userns-gid-map-group
--userns-uid-map --userns-uid-map-user --uts --variant --volume
`

const buildahFlags = `
--add-host --all-platforms --annotation --arch --authfile --build-arg --build-arg-file
--build-context --cache-from --cache-to --cache-ttl --cap-add --cap-drop --cert-dir
--cgroup-parent --cgroupns --compat-volumes --compress --cpp-flag --cpu-period --cpu-quota
--cpu-shares --cpuset-cpus --cpuset-mems --created-annotation --creds --cw --decryption-key
--device --disable-compression --disable-content-trust --dns --dns-option --dns-search --env
--file --force-rm --format --from --group-add --hooks-dir --http-proxy --identity-label
--ignorefile --iidfile --inherit-annotations --inherit-labels --ipc --isolation --jobs --label
--layer-label --layers --logfile --logsplit --manifest --memory --memory-swap --network --no-cache
--no-hostname --no-hosts --omit-history --os --os-feature --os-version --output --pid --platform
--pull --quiet --retry --retry-delay --rewrite-timestamp --rm --runtime --runtime-flag --sbom
--sbom-image-output --sbom-image-purl-output --sbom-merge-strategy --sbom-output
--sbom-purl-output --sbom-scanner-command --sbom-scanner-image --secret --security-opt --shm-size
--sign-by --skip-unused-stages --source-date-epoch --squash --ssh --stdin --tag --target
--timestamp --tls-verify --ulimit --unsetannotation --unsetenv --unsetlabel --userns
--userns-gid-map --userns-gid-map-group --userns-uid-map --userns-uid-map-user --uts --variant
--volume
`

const kanikoFlags = `
--annotation --bucket --build-arg --cache --cache-copy-layers --cache-dir --cache-repo
--cache-run-layers --cache-ttl --cleanup --compressed-caching --context --context-sub-path
--custom-platform --customPlatform --destination --digest-file --dockerfile --force
--force-build-metadata --git --ignore-path --ignore-var-run --image-download-retry
--image-fs-extract-retry --image-name-tag-with-digest-file --image-name-with-digest-file
--insecure --insecure-pull --insecure-registry --kaniko-dir --label --log-format --log-timestamp
--no-push --no-push-cache --oci-layout-path --push-ignore-immutable-tag-errors --push-retry
--registry-certificate --registry-client-cert --registry-map --registry-mirror --reproducible
--run-v2 --single-snapshot --skip-default-registry-fallback --skip-push-permission-check
--skip-tls-verify --skip-tls-verify-pull --skip-tls-verify-registry --skip-unused-stages
--snapshot-mode --tar-path --tarPath --target --use-new-run --verbosity --whitelist-var-run
`

/** The builders, each with every flag of its help text. */
export const peerPrograms: readonly PeerProgram[] = [
  {
    command: 'docker build',
    versions: 'docker 20.10 and buildx 0.29',
    page: 'docker',
    flags: words(dockerFlags),
  },
  { command: 'podman build', versions: 'podman 4.3', page: 'podman', flags: words(podmanFlags) },
  { command: 'buildah bud', versions: 'buildah 1.28 and 1.43', page: 'podman', flags: words(buildahFlags) },
  { command: 'executor', versions: 'kaniko 1.23', page: 'kaniko', flags: words(kanikoFlags) },
]

function words(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== '')
}
