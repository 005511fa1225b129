// The bench command measures the cosemu binary against a bare net/http server that discards bodies,
// each in its own process, with the same client and the same pre-signed requests. Figures are
// ratios of short alternating turns, since the speed of a machine varies more than that of the
// servers.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == childCommand {
		if err := serveChild(os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// bench is one run of the program.
type bench struct {
	size
	cosemu string // the binary to measure
	bare   string // the binary to compare with
	dir    string // for data and logs; removed at the end
	signer requests
	peer   *peerForm // nil: none
	peerID int       // its process; 0: not known
	rows   []row
	up     []*server // the running servers; stopped after each part
	log    io.Writer // receives progress messages
}

// size is how much to measure.
type size struct {
	Rounds   int   // turns of each pair
	Small    int   // 1 KiB uploads in a turn, in memory
	Disk     int   // the same on disk
	Fsync    int   // the same with a sync after each
	Stream   int64 // bytes of the one large stream
	Large    int64 // bytes of the upload for the memory figure
	Starts   int   // of each kind
	Stored   int   // objects in the folder at a start
	Listings []int // keys of the buckets to list
	Accounts int   // on a server with many
}

func fullSize() size {
	return size{
		Rounds: 11, Small: 8000, Disk: 3000, Fsync: 150, Stream: 64 << 20, Large: 1 << 30,
		Starts: 15, Stored: 10_000, Listings: []int{1_000, 100_000, 1_000_000}, Accounts: 10_000,
	}
}

// quickSize only shows that everything works. Its figures mean little.
func quickSize() size {
	return size{
		Rounds: 2, Small: 1000, Disk: 500, Fsync: 32, Stream: 8 << 20, Large: 64 << 20,
		Starts: 2, Stored: 1000, Listings: []int{1_000, 10_000}, Accounts: 100,
	}
}

// measure is one part of the run.
type measure struct {
	name string
	run  func(*bench, context.Context) error
}

func measures() []measure {
	return []measure{
		{"start", (*bench).measureStart},
		{"small", (*bench).measureSmall},
		{"peer", (*bench).measurePeer},
		{"journal", (*bench).measureJournal},
		{"accounts", (*bench).measureAccounts},
		{"stream", (*bench).measureStream},
		{"chunks", (*bench).measureChunks},
		{"memory", (*bench).measureMemory},
		{"list", (*bench).measureListing},
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	var names []string
	for _, m := range measures() {
		names = append(names, m.name)
	}
	quick := flags.Bool("quick", false, "measure little: shows that everything runs")
	asJSON := flags.Bool("json", false, "print JSON instead of a table")
	only := flags.String("only", strings.Join(names, ","), "measure only these, separated by commas")
	rounds := flags.Int("rounds", 0, "turns of each pair; 0: as many as is good")
	cosemu := flags.String("cosemu", "", "measure this binary instead of one built from the source")
	dir := flags.String("dir", "", "make data folders below this `folder` instead of the system's temporary one")
	peer, headers := flags.String("peer", "", peerHelp), peerHeaders{}
	flags.Var(headers, "peer-header", "send this `header` to the peer, as \"Name: value\"; may be repeated")
	peerID := flags.Int("peer-pid", 0, "the peer's process `id`, to measure its processor time")
	if err := flags.Parse(args); err != nil {
		return err
	}
	for name := range strings.SplitSeq(*only, ",") {
		if !slices.Contains(names, name) {
			return fmt.Errorf("--only: nothing is called %q; there is %s", name, strings.Join(names, ", "))
		}
	}
	b := &bench{size: fullSize(), cosemu: *cosemu, signer: newRequests(), log: stderr}
	if *quick {
		b.size = quickSize()
	}
	if err := b.setPeer(*peer, headers, *peerID); err != nil {
		return fmt.Errorf("--peer: %w", err)
	}
	if *rounds > 0 {
		b.Rounds, b.Starts = *rounds, *rounds
	}
	if err := b.prepare(ctx, *dir); err != nil {
		return err
	}
	defer os.RemoveAll(b.dir)
	for _, m := range measures() {
		if !slices.Contains(strings.Split(*only, ","), m.name) || m.name == "peer" && b.peer == nil {
			continue
		}
		b.say("measuring: " + m.name)
		if err := errors.Join(m.run(b, ctx), b.stopAll()); err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
	}
	if *asJSON {
		return b.writeJSON(stdout)
	}
	return b.writeTable(stdout)
}

// say writes a progress message.
func (b *bench) say(text string) { _, _ = io.WriteString(b.log, text+"\n") } // there is no place to report an error

// prepare makes the folder and builds missing binaries.
func (b *bench) prepare(ctx context.Context, parent string) error {
	var err error
	if b.dir, err = os.MkdirTemp(parent, "cosemu-bench-"); err != nil {
		return err
	}
	b.bare = filepath.Join(b.dir, "bare")
	targets := map[string]string{b.bare: "github.com/cosemu/cosemu/cmd/internal/bench/bare"}
	if b.cosemu == "" {
		b.cosemu = filepath.Join(b.dir, "cosemu")
		targets[b.cosemu] = "github.com/cosemu/cosemu/cmd/cosemu"
	}
	for out, pkg := range targets {
		cmd := exec.CommandContext(ctx, "go", "build", "-o", out, pkg)
		if text, err := cmd.CombinedOutput(); err != nil {
			return errors.Join(fmt.Errorf("building %s: %w\n%s", pkg, err, text), os.RemoveAll(b.dir))
		}
	}
	return nil
}
