// sidekick/attach: reads a compose file or a Kubernetes manifest and attaches the sidecars that it asks for.
//
//   read → wishes → plan → edits → write
//
// wish/        what a person asks for under x-sidekick, checked by each sidecar's own table
// compose/     services, volumes, secrets and names of hosts of a compose file
// kubernetes/  native sidecars of a Deployment, a Pod, …
// yaml/        edits of a text that leave every other byte as it is
// run/         the docker run line for an ad hoc use
// explain/     what is added, and why
// files/       what is read and written
// verbs/       what is done when it is called
import { runTool } from '#shared/run-tool.ts';
import { attach } from './attach.ts';
import { tool } from './config.ts';

void runTool(tool, attach);
