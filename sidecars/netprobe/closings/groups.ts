/** SKNLGRP_INET_TCP_DESTROY and SKNLGRP_INET6_TCP_DESTROY, each as the bit of its number less one (linux/sock_diag.h). */
export const groups = (1 << 0) | (1 << 2);

/** More than the kernel gives without a privilege: it takes what `net.core.rmem_max` allows, which holds some 330 events. */
export const receiveBuffer = 4 * 1024 * 1024;
