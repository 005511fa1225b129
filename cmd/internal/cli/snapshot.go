package cli

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/cosemu/cosemu/cmd/internal/cli/lang"
	"github.com/cosemu/cosemu/cmd/internal/cli/view"
)

type snapshotCmd struct {
	Save snapshotSaveCmd `cmd:"" settings:"server" help:"Save the buckets of an account as one file." zh:"把一个账号的存储桶保存为一个文件。"`
	Load snapshotLoadCmd `cmd:"" settings:"server" help:"Load the buckets of a file into an account." zh:"把文件中的存储桶载入账号。"`
}

type snapshotSaveCmd struct {
	File    string `arg:"" help:"File to write, or - for stdout." zh:"要写入的文件；- 表示标准输出。"`
	Account string `help:"Account to save (APPID; default: the configured one)." placeholder:"APPID" zh:"要保存的账号（APPID，默认为配置的账号）。"`
}

type snapshotLoadCmd struct {
	File    string `arg:"" help:"File to load, or - for stdin." zh:"要载入的文件；- 表示标准输入。"`
	Account string `help:"Account to load into (APPID; default: the configured one)." placeholder:"APPID" zh:"载入到哪个账号（APPID，默认为配置的账号）。"`
	Replace bool   `help:"Empty buckets of the file that are there already." zh:"清空文件中已经存在的存储桶。"`
	JSON    bool   `name:"json" help:"Print JSON, with the names of the control API." group:"show" zh:"输出 JSON，字段名与控制 API 相同。"`
}

// Details is the longer help of the command.
func (snapshotSaveCmd) Details() (en, zh string) {
	return `The file holds buckets with their settings (CORS, policy, lifecycle and so on), and objects with metadata, ACL, tags and versions. It holds no key pairs, requests or unfinished uploads. The same state makes the same bytes, so the file can be committed as a fixture:

  cosemu snapshot save testdata/photos.tar

  cosemu snapshot load testdata/photos.tar

It is a tar archive with a manifest.

Exit codes: 0 saved, 1 not saved, or no server answers, 2 wrong flags.`,
		`文件包含存储桶及其配置（跨域规则、策略、生命周期等），以及对象的元数据、ACL、标签和版本；不包含密钥、请求记录和未完成的上传。状态相同，文件的字节就相同，因此可以作为测试数据提交：

  cosemu snapshot save testdata/photos.tar

  cosemu snapshot load testdata/photos.tar

文件是带清单的 tar 归档。

退出码：0 已保存，1 未保存或没有服务器响应，2 选项有误。`
}

// Details is the longer help of the command.
func (snapshotLoadCmd) Details() (en, zh string) {
	return `The file may come from another account or server: its buckets get the APPID of this account, in policies and other settings too. Other buckets stay. Versions get new ids.

A damaged file changes nothing. A bucket that is not empty is refused without --replace.

Exit codes: 0 loaded, 1 not loaded, or no server answers, 2 wrong flags.`,
		`文件可以来自其他账号或服务器：存储桶改用本账号的 APPID，策略等配置里也一样。其他存储桶保持不变。版本会得到新的版本 ID。

损坏的文件不会改变任何内容。不为空的存储桶，没有 --replace 时拒绝载入。

退出码：0 已载入，1 未载入或没有服务器响应，2 选项有误。`
}

const (
	snapshotCall = "/api/v1/snapshot"
	snapshotType = "application/x-tar"
)

// Run saves.
func (c *snapshotSaveCmd) Run(p *process) error {
	j, err := p.journal()
	if err != nil {
		return err
	}
	res, err := j.ask(p.untilInterrupted(), http.MethodGet, snapshotCall+accountQuery(c.Account), nil)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != snapshotType {
		status, data, err := j.read(res, nil)
		if err != nil {
			return err
		}
		return j.problem(status, data)
	}
	defer res.Body.Close()
	if c.File == "-" {
		return cutOff(j, func() error { _, err := io.Copy(p.stdout, res.Body); return err }())
	}
	n, err := writeWhole(c.File, res.Body)
	if err != nil {
		return cutOff(j, err)
	}
	_, err = fmt.Fprintf(p.stdout, p.say("saved %s (%d bytes)\n", "已保存 %s（%d 字节）\n"), view.Line(c.File), n)
	return err
}

func cutOff(j *journalClient, err error) error {
	if err == nil {
		return nil
	}
	return lang.Errorf("%s: the snapshot was cut off: %v", "%s：快照中断：%v", j.where, err)
}

// writeWhole writes a file that is complete before it has its name.
func writeWhole(name string, from io.Reader) (int64, error) {
	temporary := filepath.Join(filepath.Dir(name), ".cosemu-"+rand.Text())
	f, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(f, from)
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(temporary, name)
	}
	if err != nil {
		_ = os.Remove(temporary) // the error that is returned matters more
	}
	return n, err
}

// Run loads.
func (c *snapshotLoadCmd) Run(p *process) error {
	j, err := p.journal()
	if err != nil {
		return err
	}
	from := p.stdin
	if c.File != "-" {
		f, err := os.Open(c.File)
		if err != nil {
			return err
		}
		defer f.Close()
		from = f
	}
	query := url.Values{}
	if c.Account != "" {
		query.Set("account", c.Account)
	}
	if c.Replace {
		query.Set("replace", "true")
	}
	status, data, err := j.read(j.send(p.untilInterrupted(), http.MethodPost, snapshotCall+"?"+query.Encode(), snapshotType, io.NopCloser(from)))
	switch {
	case err != nil:
		return err
	case status == http.StatusConflict:
		var p struct {
			Detail string `json:"detail"`
		}
		_ = json.Unmarshal(data, &p) // then the rest says it
		detail, _, _ := strings.Cut(p.Detail, ";")
		return lang.Errorf("%s: give --replace to empty it first", "%s：加 --replace 会先清空它", view.Line(detail))
	case status != http.StatusOK:
		return j.problem(status, data)
	}
	if c.JSON {
		_, err = p.stdout.Write(data)
		return err
	}
	var done struct {
		Buckets []string `json:"buckets"`
		Objects int      `json:"objects"`
		Bytes   int64    `json:"bytes"`
	}
	if err := json.Unmarshal(data, &done); err != nil {
		return j.notOurs(err)
	}
	for _, name := range done.Buckets {
		if _, err := fmt.Fprintln(p.stdout, view.Line(name)); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(p.stdout, p.say("loaded %d objects (%d bytes)\n", "已载入 %d 个对象（%d 字节）\n"), done.Objects, done.Bytes)
	return err
}
