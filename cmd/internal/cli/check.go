package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/cosemu/cosemu/cmd/internal/cli/lang"
	"github.com/cosemu/cosemu/storage"
)

// exitDamaged is the exit code of a check that found damage.
const exitDamaged = 3

// errDamaged ends a check that found damage and has said so.
var errDamaged = errors.New("damaged")

// dataFolder is the folder that check and rescue work on.
func (p *process) dataFolder() (string, error) {
	s, err := p.load()
	if err == nil && s.Data == "" {
		err = misused("--data has to name the data folder", "需要用 --data 指定数据目录")
	}
	return s.Data, err
}

type checkCmd struct{}

// Details is the longer help of the command.
func (checkCmd) Details() (en, zh string) {
	return `It reads the index and every body, and compares each body with the CRC-64 of its upload. It changes nothing. ` +
			`Bodies without an object remain from a crash; the next start removes them. No server may be working on the folder.

Exit codes: 0 the folder is sound, 1 it could not be read, 2 wrong flags or configuration, 3 it is damaged.`,
		`它读取索引和每个对象的数据，用上传时的 CRC-64 逐一核对，不改动任何内容。` +
			`没有对象引用的数据是崩溃时留下的，下次启动时会删除。检查时不能有服务器在使用这个目录。

退出码：0 目录完好，1 无法读取，2 选项或配置有误，3 已损坏。`
}

// Run checks and reports.
func (checkCmd) Run(p *process) error {
	dir, err := p.dataFolder()
	if err != nil {
		return err
	}
	progress, done := p.progress()
	r, err := storage.CheckDisk(dir, progress)
	done()
	if err != nil {
		return folderError(dir, err)
	}
	if _, err := io.WriteString(p.stdout, checkPage(dir, &r, p.say)); err != nil {
		return err
	}
	if !r.Sound() {
		return errDamaged
	}
	return nil
}

// folderError says who else works on the folder.
func folderError(dir string, err error) error {
	switch {
	case errors.Is(err, storage.ErrLocked):
		return lang.Errorf("data: a cosemu works in %s; stop it first", "data：有一个 cosemu 正在使用 %s，请先停止它", dir)
	case errors.Is(err, storage.ErrFull), errors.Is(err, syscall.ENOSPC):
		return lang.Errorf("data: the disk of %s is full; make room and run this again",
			"data：%s 所在的磁盘已满，请腾出空间后重试", dir)
	}
	return lang.Errorf("data: %v", "data：%v", err)
}

// mostNamed is how many damaged objects are named.
const mostNamed = 1000

func checkPage(dir string, r *storage.CheckReport, say func(en, zh string) string) string {
	var b strings.Builder
	for _, fault := range r.Faults {
		fmt.Fprintf(&b, say("damaged  %s\n", "损坏  %s\n"), say(fault.En, fault.Zh))
	}
	for i, p := range r.Damaged {
		if i == mostNamed {
			fmt.Fprintf(&b, say("and %d more\n", "另有 %d 个\n"), len(r.Damaged)-i)
			break
		}
		name := fmt.Sprintf("%q", p.Key)
		if p.Bucket != "" {
			name = p.Bucket + " " + name
		}
		if p.VersionID != "" {
			name += " " + p.VersionID
		}
		fmt.Fprintf(&b, say("damaged  %s: %s\n", "损坏  %s：%s\n"), name, p.What)
	}
	fmt.Fprintf(&b, say("%d bodies with %d bytes are whole\n", "完好的数据：%d 个，共 %d 字节\n"), r.Objects, r.Bytes)
	if r.Orphans > 0 {
		fmt.Fprintf(&b, say("%d bodies with %d bytes are named by no object\n", "没有对象引用的数据：%d 个，共 %d 字节\n"), r.Orphans, r.OrphanBytes)
	}
	if r.Sound() {
		fmt.Fprintf(&b, say("%s is sound\n", "%s 完好\n"), dir)
		return b.String()
	}
	fmt.Fprintf(&b, say("%s is damaged\n\n  cosemu rescue --data %[1]s            save what is left\n  cosemu rescue --data %[1]s --dismiss  give it up\n",
		"%s 已损坏\n\n  cosemu rescue --data %[1]s            抢救剩余的数据\n  cosemu rescue --data %[1]s --dismiss  放弃这些数据\n"), dir)
	return b.String()
}

// progress shows on a terminal how far the reading of bodies is. done takes the bar
// away.
func (p *process) progress() (show storage.Progress, done func()) {
	f, terminal := terminalOf(p.stderr)
	if !terminal {
		return nil, func() {}
	}
	var bar *progressbar.ProgressBar
	show = func(n, total int64) {
		if bar == nil {
			bar = progressbar.NewOptions64(total, progressbar.OptionSetWriter(f), progressbar.OptionShowBytes(true),
				progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())
		}
		_ = bar.Set64(n) // a bar that cannot be drawn is no failure
	}
	return show, func() {
		if bar != nil {
			_ = bar.Finish()
		}
	}
}
