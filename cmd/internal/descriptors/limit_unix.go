//go:build unix

package descriptors

import "syscall"

// maxReserve is the most descriptors to reserve for files.
const maxReserve = 256

// Connections returns how many connections a process may have so that a quarter of its file
// descriptors, at most 256, is left for files. 0 means unknown.
func Connections() int64 {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil || limit.Cur == 0 || int64(limit.Cur) < 0 {
		return 0
	}
	cur := int64(limit.Cur)
	return cur - min(maxReserve, cur/4)
}
