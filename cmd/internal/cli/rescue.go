package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/cosemu/cosemu/storage"
)

type rescueCmd struct {
	Dismiss bool `help:"Give up what is damaged instead: remove damaged objects, and bodies that the index no longer names." zh:"放弃损坏的数据：删除损坏的对象，以及索引里已没有的数据。"`
}

// Details is the longer help of the command.
func (rescueCmd) Details() (en, zh string) {
	return `It makes a damaged data folder open again. Objects that the index still names stay where they are. ` +
			`Other bodies go into the bucket rescued-<APPID>, as <bucket>/<key>. Nobody knows any more whether they were current, older ` +
			`or deleted, so look before you copy them back. Damaged objects move there, too. ` +
			`The damaged index is kept beside the new one, as index.damaged-1. A folder that is sound stays as it is.

Exit codes: 0 the folder opens again, or was sound, 1 it could not be done, 2 wrong flags or configuration.`,
		`它让损坏的数据目录可以重新打开。索引中仍有的对象保持原位。` +
			`其余的数据放入存储桶 rescued-<APPID>，对象键为 <bucket>/<key>：无法知道它们是当前版本、历史版本还是已删除的，` +
			`复制回去之前请先查看。损坏的对象也移到那里。损坏的索引保留在新索引旁边，名为 index.damaged-1。完好的目录保持不变。

退出码：0 目录可以重新打开或本来完好，1 未能完成，2 选项或配置有误。`
}

// Run rescues and reports.
func (c *rescueCmd) Run(p *process) error {
	dir, err := p.dataFolder()
	if err != nil {
		return err
	}
	progress, done := p.progress()
	r, err := storage.RescueDisk(dir, storage.RescueOptions{Dismiss: c.Dismiss, Progress: progress, Now: time.Now().UTC()})
	done()
	if err != nil {
		return folderError(dir, err)
	}
	_, err = io.WriteString(p.stdout, rescuePage(dir, &r, p.say))
	return err
}

func rescuePage(dir string, r *storage.RescueReport, say func(en, zh string) string) string {
	var b strings.Builder
	if r.Aside != "" {
		fmt.Fprintf(&b, say("the damaged index is kept as %s/%s\n", "损坏的索引保留在 %s/%s\n"), dir, r.Aside)
		b.WriteString(say("accounts and key pairs that were made while cosemu ran are there as far as that index can be read\n",
			"运行期间创建的账号和密钥，只恢复了该索引中仍可读取的部分\n"))
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
