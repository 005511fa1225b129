package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/cosemu/cosemu/storage"
)

type rescueCmd struct {
	folderFlags
	Dismiss bool `help:"Give up what was damaged instead: bodies that the index no longer names and damaged objects are removed."`
}

// Help is the longer help of the command.
func (rescueCmd) Help() string {
	return `It makes a damaged data folder open again. Objects that the index still names stay where they are. ` +
		`What the other bodies tell goes into the bucket rescued-<APPID>, as <bucket>/<key>: whether they were current, older ` +
		`or deleted is no longer known, so look before you copy them back. Damaged objects move there, too. ` +
		`The damaged index is kept beside the new one, as index.damaged-1. A folder that is sound stays as it is.

Exit codes: 0 the folder opens again, or was sound, 1 it could not be done, 2 flags or configuration make no sense.`
}

// Run rescues and reports.
func (c *rescueCmd) Run(p *process) error {
	dir, err := c.folder(p)
	if err != nil {
		return err
	}
	progress, done := p.progress()
	r, err := storage.RescueDisk(dir, storage.RescueOptions{Dismiss: c.Dismiss, Progress: progress, Now: time.Now().UTC()})
	done()
	if err != nil {
		return folderError(dir, err, c.words(p))
	}
	_, err = io.WriteString(p.stdout, rescuePage(dir, &r, c.words(p)))
	return err
}

func rescuePage(dir string, r *storage.RescueReport, say func(en, zh string) string) string {
	var b strings.Builder
	if r.Aside != "" {
		fmt.Fprintf(&b, say("the damaged index is kept as %s/%s\n", "损坏的索引保留在 %s/%s\n"), dir, r.Aside)
	}
	if r.Lost > 0 {
		fmt.Fprintf(&b, say("%d objects are lost: nothing is left of their bodies\n", "%d 个对象已丢失：数据不存在\n"), r.Lost)
	}
	for _, bucket := range r.Buckets {
		fmt.Fprintf(&b, say("what was saved is in the bucket %s\n", "抢救出的对象在存储桶 %s 中\n"), bucket)
	}
	switch {
	case r.Dismissed > 0:
		fmt.Fprintf(&b, say("%d bodies were given up\n", "放弃的数据：%d 个\n"), r.Dismissed)
	case r.Rescued > 0:
		fmt.Fprintf(&b, say("%d objects were saved\n", "抢救的对象：%d 个\n"), r.Rescued)
	case r.Aside == "" && r.Lost == 0:
		fmt.Fprintf(&b, say("%s is sound; nothing was changed\n", "%s 完好，未作任何改动\n"), dir)
		return b.String()
	}
	fmt.Fprintf(&b, say("%s opens again\n", "%s 可以重新打开\n"), dir)
	return b.String()
}
