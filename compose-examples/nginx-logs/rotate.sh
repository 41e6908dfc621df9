#!/bin/sh
# Rotates the access log as logrotate does with `create`: names first, then nginx opens a new file. Until it does, it writes to the renamed one.
set -eu
cd /var/log/nginx
for number in 4 3 2 1; do
  [ ! -e "access.log.$number" ] || mv "access.log.$number" "access.log.$((number + 1))"
done
mv access.log access.log.1
exec nginx -s reopen
