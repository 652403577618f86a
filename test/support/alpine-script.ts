/** Everything that a script of a machine does and that an ordinary user's disk cannot hold. */
export const SCRIPT = `
sed -i 's/^#ttyS0/ttyS0/' /etc/inittab
adduser -D -u 1234 ann
echo 'ann:$6$salt$hash' | chpasswd -e
adduser -S -D -H -h /var/empty -s /sbin/nologin svc
echo secret >/tmp/new; chown ann:ann /tmp/new; chmod 0400 /tmp/new; mv /tmp/new '/etc/a secret'
cd /srv; mkdir -p deep/er; touch deep/er/f; chown -R ann:svc deep 2>/dev/null || chown -R ann deep; cd /
install -d -o ann -g ann -m 2770 /srv/shared
echo x >/srv/payload; install -o ann -m 640 /srv/payload /srv/installed
mknod -m 660 /dev/sda b 8 0; chgrp disk /dev/sda; mknod /dev/null2 c 1 3; mkfifo -m 600 /run/pipe
cp /bin/busybox /usr/local/bin/suid; chmod 4711 /usr/local/bin/suid
ln /etc/motd /etc/motd.link; ln -s motd /etc/motd.soft
chmod a-w /etc/hosts
touch /srv/none; chmod 000 /srv/none
mkdir -p /srv/closed/in; touch /srv/closed/in/f; chmod 555 /srv/closed/in; chmod 500 /srv/closed
printf 'x' >"/srv/$(printf '\\377\\376')"
mv /etc/shells /etc/shells.moved
rm -rf /media
echo discarded >/dev/null
`;
