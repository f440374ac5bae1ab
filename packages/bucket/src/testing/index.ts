export { type S3Server, s3TestKeys, startS3 } from './s3-server.ts'
