# shellcheck shell=bash
# For test scripts that run containers; to be sourced. First of all they call
#
#   podman_enter NAME "$@"
#
# which makes the images, for all tests of a build directory once, and runs the
# script again in namespaces of its own, where it returns and these are set:
#
#   root, build  the sources and the build directory
#   podman_dir   the test's own directory, build/NAME
#
# There `podman` keeps all it has in podman_dir, and sees the images
#
#   localhost/gpu-monitoring-api, localhost/gpu-monitoring-api-nginx
#   localhost/debian-base, which both stand on
#
# The network is a loopback interface and nothing else: ports are free, and
# --network=host is just that. When the script ends, however it does, so do its
# containers, mounts and networks.
#
# What differs from an ordinary podman is so that this works as well in
# containers and virtual machines, and without systemd: runc instead of crun,
# which refuses hybrid cgroups; limits that need no privilege to set; and a base
# image made by debootstrap, since no registry need be reachable.

root=${top_srcdir:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
build=$(cd "${top_builddir:-.}" && pwd)
PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
podman_images="$build/podman-images"
podman_build_limit_s=600
podman_test_limit_s=900
# Held by each test on this machine.
podman_machine_lock=/run/lock/gpu-monitoring-api-podman-tests

podman_bail_out() {
	echo "Bail out! $*"
	exit 1
}

# Kernels differ in whether they stack one overlay on another.
podman_driver() {
	local try="$1/overlay-try" driver=vfs

	mkdir -p "$try"/{lower,upper,work,merged}
	if unshare --mount --propagation private mount -t overlay overlay -o \
		"lowerdir=$try/lower,upperdir=$try/upper,workdir=$try/work" \
		"$try/merged" 2>/dev/null; then
		driver=overlay
	fi
	rm -rf "$try"
	echo "$driver"
}

# podman_configure DIRECTORY [MORE_IMAGES]: where podman keeps what it has.
podman_configure() {
	local nofile

	nofile=$(ulimit -Hn)
	if [ "$nofile" = unlimited ] || [ "$nofile" -gt 65536 ]; then
		nofile=65536
	fi
	cat >"$1/storage.conf" <<-END
		[storage]
		driver = "$(podman_driver "$1")"
		graphroot = "$1/root"
		runroot = "$1/run"
		[storage.options]
		additionalimagestores = [${2:+"\"$2\""}]
	END
	cat >"$1/containers.conf" <<-END
		[containers]
		default_ulimits = ["nofile=$nofile:$nofile", "nproc=1024:1024"]
		[engine]
		runtime = "runc"
		cgroup_manager = "cgroupfs"
		events_logger = "file"
		[network]
		network_backend = "netavark"
	END
	export CONTAINERS_STORAGE_CONF="$1/storage.conf"
	export CONTAINERS_CONF="$1/containers.conf"
	# Of podman 5, at each call, among what tests compare.
	export PODMAN_IGNORE_CGROUPSV1_WARNING=true
	# Else its timers would be systemd's; tests run health checks by hand.
	export DISABLE_HC_SYSTEMD=true
}

# What podman keeps elsewhere: the locks that all podmans of a machine share, of
# which a killed one's are never free again, and how containers ended. In a mount
# namespace of our own.
podman_isolate() {
	mkdir -p /run/libpod && mount -t tmpfs tmpfs /run/libpod &&
		mount -t tmpfs tmpfs /dev/shm
}

podman_build_image() {
	podman build --quiet --format docker --isolation=chroot --network=host \
		--pull-never --build-arg BASE=localhost/debian-base \
		--file "$root/deploy/container/Containerfile" --target "$1" \
		--tag "localhost/$2" "$root"
}

podman_build_images() {
	podman_isolate && podman_configure "$podman_images" &&
		{ podman image exists localhost/debian-base ||
			podman import --quiet "$1" localhost/debian-base; } &&
		podman_build_image responder gpu-monitoring-api &&
		podman_build_image nginx gpu-monitoring-api-nginx
}

# Whoever comes second waits for the first, and finds the layers there: that
# takes a second.
podman_make_images() {
	local tar

	mkdir -p "$podman_images"
	exec 9>"$build/podman-images.lock"
	flock -w "$podman_build_limit_s" 9 || return 1
	tar=$("$root/tests/support/debian_root.sh" "$build" 9>&-) || return 1
	export root podman_images
	export -f podman_configure podman_driver podman_isolate \
		podman_build_image podman_build_images
	# The mounts of a build that is killed go with the namespace.
	# shellcheck disable=SC2016 # the shell under timeout expands it
	timeout -k 5 "$podman_build_limit_s" unshare --mount --propagation \
		private bash -c 'podman_build_images "$1"' bash "$tar" \
		>"$build/podman-images.log" 2>&1 9>&- || {
		tail -n 20 "$build/podman-images.log" | sed 's/^/# /'
		return 1
	}
	exec 9>&-
}

# Empty cgroups are all that is left of containers that were killed with their
# podman. The last test on this machine takes them away, when the processes
# are.
podman_remove_cgroups() {
	local tries=0

	flock -n -x 8 || return 0
	while [ -n "$(find /sys/fs/cgroup -maxdepth 2 -name libpod_parent)" ] &&
		[ "$tries" -lt 20 ]; do
		find /sys/fs/cgroup -type d -path '*/libpod_parent*' -depth \
			-exec rmdir {} + 2>/dev/null
		tries=$((tries + 1))
		sleep 0.1
	done
}

podman_leave() {
	local tries=0

	trap - EXIT INT TERM HUP
	if [ -n "$podman_pid" ]; then
		kill -KILL "$podman_pid" 2>/dev/null
		wait "$podman_pid" 2>/dev/null
	fi
	# Its mounts go with the last process.
	until rm -rf "$podman_dir" 2>/dev/null || [ "$tries" -ge 50 ]; do
		tries=$((tries + 1))
		sleep 0.1
	done
	podman_remove_cgroups
}

# Each kills the next when it dies, and the last is the first process of a
# namespace, which takes all others with it.
podman_run_inside() {
	setpriv --pdeathsig KILL \
		timeout -s KILL "$podman_test_limit_s" \
		setpriv --pdeathsig KILL \
		unshare --mount --propagation private --net --pid --mount-proc \
		--fork --kill-child \
		env PODMAN_INSIDE="$podman_dir" bash "$0" "$@" 8>&- &
	podman_pid=$!
	wait "$podman_pid"
}

podman_enter() {
	local rc=0 started

	podman_dir="$build/$1"
	if [ "${PODMAN_INSIDE:-}" = "$podman_dir" ]; then
		ip link set lo up || podman_bail_out "there is no loopback"
		podman_isolate || podman_bail_out "nothing can be mounted"
		podman_configure "$podman_dir" "$podman_images/root"
		return
	fi
	if [ "$(id -u)" -ne 0 ]; then
		echo "1..0 # SKIP only root can run containers here"
		exit 0
	fi
	podman_make_images || podman_bail_out "the images cannot be built;" \
		"all of it is in $build/podman-images.log"
	shift
	mkdir -p "${podman_machine_lock%/*}"
	exec 8>"$podman_machine_lock"
	flock -s 8 || podman_bail_out "no lock at $podman_machine_lock"
	podman_pid=
	trap podman_leave EXIT
	trap 'exit 1' INT TERM HUP
	# Of one that was killed.
	rm -rf "$podman_dir"
	mkdir -p "$podman_dir"
	started=$SECONDS
	podman_run_inside "$@" || rc=$?
	[ $((SECONDS - started)) -lt "$podman_test_limit_s" ] ||
		podman_bail_out "took longer than $podman_test_limit_s s"
	exit "$rc"
}
