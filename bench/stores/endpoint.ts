/** Where an S3 is, and who may use it. */
export interface Endpoint {
  readonly url: string;
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: string;
}

/** The variables that programs read which use the SDKs of AWS. */
export function awsVariables({ url, region, accessKey, secretKey }: Endpoint): NodeJS.ProcessEnv {
  return {
    AWS_ENDPOINT_URL_S3: url,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: accessKey,
    AWS_SECRET_ACCESS_KEY: secretKey,
  };
}

/** The variables that give rclone a remote `store:`. @see https://rclone.org/docs/#environment-variables */
export function rcloneVariables({ url, region, accessKey, secretKey }: Endpoint): NodeJS.ProcessEnv {
  return {
    RCLONE_CONFIG: '/dev/null',
    RCLONE_CONFIG_STORE_TYPE: 's3',
    RCLONE_CONFIG_STORE_PROVIDER: 'Other',
    RCLONE_CONFIG_STORE_ENDPOINT: url,
    RCLONE_CONFIG_STORE_REGION: region,
    RCLONE_CONFIG_STORE_ACCESS_KEY_ID: accessKey,
    RCLONE_CONFIG_STORE_SECRET_ACCESS_KEY: secretKey,
  };
}
