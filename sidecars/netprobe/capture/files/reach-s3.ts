import type { S3Options } from '#shared/s3/options.ts';
import type { NetprobeSettings } from '../../config.ts';

/** The settings that say how S3 is reached. */
export type S3ReachSettings = Pick<
  NetprobeSettings,
  'awsEndpoint' | 'awsRegion' | 'awsProfile' | 'awsAccessKeyId' | 'awsSecretAccessKey' | 'awsSessionToken' | 's3PathStyle'
>;

/** The same, as the client of S3 is told it. */
export function reachS3(settings: S3ReachSettings): S3Options {
  return {
    endpoint: settings.awsEndpoint?.href.replace(/\/$/, ''),
    region: settings.awsRegion,
    profile: settings.awsProfile,
    accessKeyId: settings.awsAccessKeyId,
    secretAccessKey: settings.awsSecretAccessKey,
    sessionToken: settings.awsSessionToken,
    pathStyle: settings.s3PathStyle,
  };
}
