import type { PeerTable } from './peer-table.ts'

const sign = 'sign the copy with cosign sign'
const form = 'layers keep their compression; build the image with -o type=image,compression=FORMAT'
const login = 'use --src-creds and --dest-creds USER:PASSWORD'
const daemon = 'set DOCKER_HOST for docker-daemon: places'
const blobs = 'each layout has its own blobs; tsbuild registry serve --layout offers several at once'
const anonymous = 'tsbuild sends a password only where the registry demands one'

const refused: Readonly<Record<string, string>> = {
  '--additional-tag <name>': 'name several destinations',
  '--all-tags': "copy repositories: --tags '*'",
  '--append-suffix <text>': 'copy each image under its new tag',
  '--cache_path <directory>': 'the local store keeps layers: tsbuild pull NAME',
  '--decryption-key <key>': 'decrypt the image with skopeo copy first',
  '--dest-compress': form,
  '--dest-compress-format <format>': form,
  '--dest-compress-level <level>': form,
  '--dest-daemon-host <host>': daemon,
  '--dest-decompress': form,
  '--dest-force-compress-format': form,
  '--dest-no-creds': anonymous,
  '--dest-password <password>': login,
  '--dest-registry-token <token>': 'put it into the "identitytoken" or "auth" of a file for --dest-authfile',
  '--dest-shared-blob-dir <directory>': blobs,
  '--dest-username <name>': login,
  '--encrypt-layer <number>': 'encrypt the copy with skopeo copy',
  '--encryption-key <key>': 'encrypt the copy with skopeo copy',
  '--from-oci-layout': 'name the source as oci:DIRECTORY:NAME',
  '--no-clobber': 'ask before: tsbuild digest NAME ends with code 1 if there is no such image',
  '--sign-by <key>': sign,
  '--sign-by-sigstore <file>': sign,
  '--sign-by-sigstore-private-key <file>': sign,
  '--sign-by-sq-fingerprint <key>': sign,
  '--sign-identity <name>': sign,
  '--sign-passphrase-file <file>': sign,
  '--src-daemon-host <host>': daemon,
  '--src-no-creds': anonymous,
  '--src-password <password>': login,
  '--src-registry-token <token>': 'put it into the "identitytoken" or "auth" of a file for --src-authfile',
  '--src-shared-blob-dir <directory>': blobs,
  '--src-username <name>': login,
  '--to-oci-layout': 'name the destination as oci:DIRECTORY:NAME',
}

const indifferent: Readonly<Record<string, string>> = {
  '--allow-nondistributable-artifacts': 'layers that are published elsewhere stay there',
  '--dest-oci-accept-uncompressed-layers': 'layers keep their compression',
  '--dest-precompute-digests': 'layers of the destination are looked for first',
  '--image-parallel-copies <number>': 'each host gets up to 8 requests at once',
  '--keep-going': 'sync goes on after a failure',
  '--remove-signatures': 'signatures are copied with --referrers only',
}

/** Flags of skopeo, crane and oras for copies. */
export const copyPeers: PeerTable = { indifferent, refused }
