import { boolean, secret, text, url } from '../config/kinds.ts';
import { optional } from '../config/table.ts';

/** The options by which a sidecar reaches S3; the names that every AWS tool has keep theirs. */
export const reachOptions = {
  awsEndpoint: { ...optional(url('http', 'https'), 'URL of an S3 server other than AWS.'), name: 'AWS_ENDPOINT_URL_S3' },
  awsRegion: { ...optional(text, 'Region of the bucket.', 'us-east-1'), name: 'AWS_REGION' },
  awsProfile: { ...optional(text, 'Section of the shared configuration and credentials files.'), name: 'AWS_PROFILE' },
  awsAccessKeyId: {
    ...optional(
      secret(text),
      'Access key. Where it is not given: shared files, web identity, the role of a container or a machine, as in every AWS tool.',
    ),
    name: 'AWS_ACCESS_KEY_ID',
  },
  awsSecretAccessKey: { ...optional(secret(text), 'Its secret.'), name: 'AWS_SECRET_ACCESS_KEY' },
  awsSessionToken: { ...optional(secret(text), 'Its session, where it is a temporary one.'), name: 'AWS_SESSION_TOKEN' },
  s3PathStyle: optional(boolean, 'Put the bucket into the path and not into the host name.', 'true with an endpoint'),
};
