export { azureTestAccount, type AzureServer, startAzure } from './azure-server.ts'
export { type GhaServer, startGha } from './gha-server.ts'
export { type S3Server, s3TestKeys, startS3 } from './s3-server.ts'
