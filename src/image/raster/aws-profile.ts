import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../base/errors.js';

type Environment = Readonly<Record<string, string | undefined>>;
type Settings = Readonly<Record<string, string>>;

/** Keys that requests are signed with. */
export interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface AwsAccess {
  /** Absent where requests are not signed. */
  readonly keys?: AwsKeys;
  readonly region: string;
}

/** Settings of a profile by which the ordinary clients ask another service for keys. */
const indirect = [
  'role_arn',
  'sso_session',
  'sso_start_url',
  'credential_process',
  'web_identity_token_file',
];

/**
 * How requests to S3 are signed, as the ordinary clients find it out: by AWS_ACCESS_KEY_ID and its like, else by the profile
 * AWS_PROFILE (or `default`) in the files AWS_SHARED_CREDENTIALS_FILE (`~/.aws/credentials`) and AWS_CONFIG_FILE
 * (`~/.aws/config`); not at all with AWS_NO_SIGN_REQUEST, or where there are no keys.
 * @throws UserError for a profile that is not there, or whose keys another service gives out
 */
export async function awsAccess(env: Environment): Promise<AwsAccess> {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env;
  const ownRegion = env.AWS_REGION ?? env.AWS_DEFAULT_REGION;
  if (/^(yes|true|on|1)$/i.test(env.AWS_NO_SIGN_REQUEST ?? '')) return { region: ownRegion ?? 'us-east-1' };
  if (accessKeyId && secretAccessKey) {
    const sessionToken = env.AWS_SESSION_TOKEN || undefined;
    return { keys: { accessKeyId, secretAccessKey, sessionToken }, region: ownRegion ?? 'us-east-1' };
  }
  const profile = await readProfile(env);
  const region = ownRegion ?? profile?.region ?? 'us-east-1';
  const keys = profile && keysOf(profile);
  if (!keys) refuseIndirect(env, profile);
  return { keys, region };
}

function keysOf(profile: Settings): AwsKeys | undefined {
  const { aws_access_key_id: accessKeyId, aws_secret_access_key: secretAccessKey } = profile;
  if (!accessKeyId || !secretAccessKey) return undefined;
  return { accessKeyId, secretAccessKey, sessionToken: profile.aws_session_token };
}

function refuseIndirect(env: Environment, profile: Settings | undefined): void {
  const inProfile = indirect.find((name) => profile?.[name] !== undefined);
  const inEnvironment = [
    'AWS_WEB_IDENTITY_TOKEN_FILE',
    'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
    'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  ].find((name) => env[name]);
  if (inProfile === undefined && inEnvironment === undefined) return;
  const name = env.AWS_PROFILE ?? 'default';
  const what = inProfile ? `the AWS profile ${name} has ${inProfile}` : `${inEnvironment} is set`;
  const chosen = env.AWS_PROFILE ? ` --profile ${env.AWS_PROFILE}` : '';
  throw new UserError(
    `${what}: keys that another service gives out are not asked for here. Put them into the environment with ` +
      `eval "$(aws configure export-credentials${chosen} --format env)", or set AWS_NO_SIGN_REQUEST=YES for what is public.`,
  );
}

/** @returns undefined where no profile is named and there is none called default */
async function readProfile(env: Environment): Promise<Settings | undefined> {
  const name = env.AWS_PROFILE || 'default';
  const home = env.HOME ?? env.USERPROFILE;
  const own = (file: string) => (home === undefined ? undefined : join(home, '.aws', file));
  const credentials = await sectionsOf(env.AWS_SHARED_CREDENTIALS_FILE ?? own('credentials'));
  const config = await sectionsOf(env.AWS_CONFIG_FILE ?? own('config'));
  const found = [config.get(`profile ${name}`), config.get(name), credentials.get(name)].filter(
    (section) => section !== undefined,
  );
  if (found.length > 0) return Object.assign({}, ...found);
  if (!env.AWS_PROFILE) return undefined;
  const known = [...credentials.keys(), ...[...config.keys()].map((key) => key.replace(/^profile /, ''))];
  throw new UserError(
    `There is no AWS profile ${name} (AWS_PROFILE)${known.length > 0 ? `, only ${[...new Set(known)].join(', ')}` : ''}.`,
  );
}

/** Sections of a file as the clients of AWS keep it: `[name]`, then `key = value`; nested settings and comments are left out. */
async function sectionsOf(path: string | undefined): Promise<Map<string, Record<string, string>>> {
  const sections = new Map<string, Record<string, string>>();
  const text = path === undefined ? undefined : await readFile(path, 'utf8').catch(() => undefined);
  let section: Record<string, string> = {};
  for (const line of (text ?? '').split(/\r?\n/)) {
    if (/^\s*([#;]|$)/.test(line)) continue;
    const name = /^\s*\[\s*(.*?)\s*\]/.exec(line)?.[1];
    if (name !== undefined) {
      section = sections.get(name) ?? {};
      sections.set(name, section);
      continue;
    }
    const [, key, value] = /^([\w.-]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (key !== undefined) section[key.toLowerCase()] = value!;
  }
  return sections;
}
