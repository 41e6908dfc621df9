// To be imported before a program: in all of its threads but the first, descriptors from UNWATCHED on cannot be watched by epoll(7),
// as where the watches of a user have run out (max_user_watches).
import { isMainThread } from 'node:worker_threads';
import { filterCalls } from './seccomp.ts';

const epollCtl = process.arch === 'arm64' ? 21 : 233;
const EPOLL_CTL_ADD = 1;

if (!isMainThread)
  filterCalls([
    [0x20, 0, 0, 0], // load the number of the system call
    [0x15, 0, 5, epollCtl], // is it epoll_ctl?
    [0x20, 0, 0, 24], // load its second argument (struct seccomp_data)
    [0x15, 0, 3, EPOLL_CTL_ADD], // does it add?
    [0x20, 0, 0, 32], // load its third argument
    [0x35, 0, 1, Number(process.env.UNWATCHED)], // is it one of those?
    [0x06, 0, 0, 0x0005001c], // SECCOMP_RET_ERRNO with ENOSPC
    [0x06, 0, 0, 0x7fff0000], // SECCOMP_RET_ALLOW
  ]);
