package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// server is a process with an HTTP server: a child, or one that runs already.
type server struct {
	addr  string
	pid   int           // of one that runs already; 0: not known
	ready time.Duration // from its start to its first answer
	cmd   *exec.Cmd
	log   *os.File
	ended chan struct{} // closed when the process has ended
}

// Limits for child processes.
const (
	startLimit = 5 * time.Minute // for one that fills its store first
	stopLimit  = 30 * time.Second
)

// startBare starts the server to compare with.
func (b *bench) startBare(ctx context.Context) (*server, error) {
	return b.start(ctx, func(addr string) []string { return []string{b.bare, addr} })
}

// startCosemu starts cosemu as a user does, with its log in a file.
func (b *bench) startCosemu(ctx context.Context, args ...string) (*server, error) {
	return b.start(ctx, func(addr string) []string {
		return append([]string{b.cosemu, "serve", "--listen", addr, "--console", "127.0.0.1:0"}, args...)
	})
}

// start runs a command that listens on the given address, and waits for its first answer, whatever
// its status.
func (b *bench) start(ctx context.Context, command func(addr string) []string) (*server, error) {
	addr, err := freeAddr(ctx)
	if err != nil {
		return nil, err
	}
	argv := command(addr)
	log, err := os.CreateTemp(b.dir, "log-")
	if err != nil {
		return nil, err
	}
	s := &server{addr: addr, log: log, ended: make(chan struct{})}
	s.cmd = exec.CommandContext(ctx, argv[0], argv[1:]...)
	s.cmd.Stdout, s.cmd.Stderr = log, log
	began := time.Now()
	if err := s.cmd.Start(); err != nil {
		return nil, errors.Join(err, log.Close())
	}
	go func() {
		_ = s.cmd.Wait() // the log has its result
		close(s.ended)
	}()
	if err := s.await(ctx); err != nil {
		return nil, errors.Join(err, s.stop())
	}
	s.ready = time.Since(began)
	b.up = append(b.up, s)
	return s, nil
}

// stop stops one server, before the others.
func (b *bench) stop(s *server) error {
	b.up = slices.DeleteFunc(b.up, func(o *server) bool { return o == s })
	return s.stop()
}

// stopAll stops all running servers.
func (b *bench) stopAll() error {
	var err error
	for _, s := range b.up {
		err = errors.Join(err, s.stop())
	}
	b.up = nil
	return err
}

// freeAddr returns a free loopback address.
func freeAddr(ctx context.Context) (string, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// await makes requests until there is an answer.
func (s *server) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	pause := time.NewTicker(200 * time.Microsecond)
	defer pause.Stop()
	for {
		err := s.ask(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-pause.C:
		case <-s.ended:
			text, _ := os.ReadFile(s.log.Name())
			return fmt.Errorf("%s ended: %s", s.cmd.Args[0], text)
		case <-ctx.Done():
			return fmt.Errorf("%s does not answer: %w", s.cmd.Args[0], err)
		}
	}
}

// ask makes a request.
func (s *server) ask(ctx context.Context) error {
	c, err := dial(ctx, s.addr)
	if err != nil {
		return err
	}
	defer c.close()
	_, err = c.do([]byte("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"), nil)
	return err
}

// stop stops the process, by force after a time.
func (s *server) stop() error {
	err := s.cmd.Process.Signal(syscall.SIGTERM)
	limit := time.NewTimer(stopLimit)
	defer limit.Stop()
	select {
	case <-s.ended:
		err = nil
	case <-limit.C:
		err = errors.Join(err, s.cmd.Process.Kill())
		<-s.ended
	}
	return errors.Join(err, s.log.Close(), os.Remove(s.log.Name()))
}

// errNoProc means that the system does not report the memory of processes.
var errNoProc = errors.New("memory is measured on Linux only")

// memory returns the resident memory of the process in bytes: now, and the most since the start or
// the last resetPeak.
func (s *server) memory() (now, peak int64, err error) {
	f, err := os.Open(s.proc("status"))
	if err != nil {
		return 0, 0, errNoProc
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), ":")
		kib, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
		switch name {
		case "VmRSS":
			now = kib << 10
		case "VmHWM":
			peak = kib << 10
		}
	}
	return now, peak, nil
}

// resetPeak resets the peak (proc(5), clear_refs).
func (s *server) resetPeak() error {
	if err := os.WriteFile(s.proc("clear_refs"), []byte("5"), 0); err != nil {
		return errNoProc
	}
	return nil
}

// cpu returns the processor time of the server so far, in nanoseconds; 0 where it is not known.
func (s *server) cpu() int64 {
	switch {
	case s.cmd != nil:
		return processorTime(strconv.Itoa(s.cmd.Process.Pid))
	case s.pid > 0:
		return processorTime(strconv.Itoa(s.pid))
	}
	return 0
}

// processorTime returns the processor time of a process, "self" or a number, so far, in
// nanoseconds. It is 0 where the system does not report it (proc(5), schedstat).
func processorTime(process string) int64 {
	threads, _ := filepath.Glob("/proc/" + process + "/task/*/schedstat") // the pattern is valid
	var sum int64
	for _, name := range threads {
		text, _ := os.ReadFile(name)
		first, _, _ := strings.Cut(string(text), " ")
		ns, _ := strconv.ParseInt(first, 10, 64)
		sum += ns
	}
	return sum
}

func (s *server) proc(name string) string {
	return "/proc/" + strconv.Itoa(s.cmd.Process.Pid) + "/" + name
}

// wait waits for d or until ctx ends.
func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
