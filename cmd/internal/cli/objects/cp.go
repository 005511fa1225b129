package objects

import (
	"path"
	"strings"

	"github.com/cosemu/cosemu/cmd/internal/cli/cosclient"
	"github.com/cosemu/cosemu/cmd/internal/cli/lang"
)

// Copy is the command cp.
type Copy struct {
	ServerFlags
	From      string `arg:"" name:"from" help:"Object to copy, such as photos/a.txt, or with -r all below photos/a." zh:"要复制的对象，例如 photos/a.txt；使用 -r 时为 photos/a 下的全部对象。"`
	To        string `arg:"" name:"to" help:"Where to: photos/b.txt, or backup/ to keep the name." zh:"目标：photos/b.txt；写 backup/ 则沿用名称。"`
	Recursive bool   `short:"r" help:"Copy all objects below the path." zh:"复制路径下的全部对象。"`
}

// Details is the longer help of the command.
func (Copy) Details() (en, zh string) {
	return `It copies at the server, with headers and metadata. To and from files go cosemu put and cosemu get.

  cosemu cp photos/a.txt photos/b.txt

  cosemu cp -r photos/2024 backup/photos

Exit codes: 0 all is copied, 1 something is not, or no server answers, 2 wrong arguments.`,
		`它在服务器内部复制，保留头部和元数据。上传和下载文件请用 cosemu put 和 cosemu get。

  cosemu cp photos/a.txt photos/b.txt

  cosemu cp -r photos/2024 backup/photos

退出码：0 全部复制，1 有对象未复制或没有服务器响应，2 参数有误。`
}

// Run copies.
func (c *Copy) Run(s *Session) error {
	from, err := s.place(c.From)
	if err != nil {
		return err
	}
	to, err := s.place(c.To)
	if err != nil {
		return err
	}
	if !c.Recursive && (from.Key == "" || strings.HasSuffix(from.Key, "/")) {
		return misused("%q names no object: give its key, or -r for all below it; a file is uploaded by cosemu put",
			"%q 不是对象：请写出对象键，或用 -r 复制其下的全部对象；上传文件请用 cosemu put", c.From)
	}
	if c.Recursive && from.Bucket == to.Bucket && strings.HasPrefix(to.folder(), from.folder()) {
		return misused("%q lies below %q: the copy would copy itself", "%q 在 %q 之下：会把副本也复制进去", c.To, c.From)
	}
	client, err := s.Connect(s.Context, to.Bucket, c.SecretID)
	if err != nil {
		return err
	}
	k := &copier{Session: s, client: client, json: c.JSON}
	if c.Recursive {
		return k.all(&from, &to)
	}
	if to.Key == "" || strings.HasSuffix(to.Key, "/") {
		to.Key += path.Base(from.Key)
	}
	return failure(k.copy(from.Place, to.Place))
}

// A copier copies objects.
type copier struct {
	*Session
	client *cosclient.Client
	json   bool
}

func (k *copier) copy(from, to cosclient.Place) error {
	stored, err := k.client.Copy(k.Context, from, to)
	if err != nil {
		return err
	}
	if k.json {
		return k.Session.json(&line{
			Action: "cp", Bucket: to.Bucket, Key: to.Key, From: from.Bucket + "/" + from.Key, Size: &stored.Size, ETag: stored.ETag,
			VersionID: stored.VersionID,
		})
	}
	return k.print(k.Say("copied %s (%d bytes)\n", "已复制 %s（%d 字节）\n"), name(to.Bucket, to.Key), stored.Size)
}

func (k *copier) all(from, to *place) error {
	found, failed := false, false
	for e, err := range k.client.List(k.Context, from.Bucket, from.folder(), "") {
		if err != nil {
			return failure(err)
		}
		found = true
		rel := strings.TrimPrefix(e.Key, from.folder())
		target := to.folder() + rel
		if target == "" {
			continue // the marker of the folder itself has no place in a bucket
		}
		err := k.copy(cosclient.Place{Bucket: from.Bucket, Key: e.Key}, cosclient.Place{Bucket: to.Bucket, Key: target})
		if err != nil {
			if k.Context.Err() != nil {
				return errInterrupted
			}
			k.warn(failure(err))
			failed = true
		}
	}
	switch {
	case !found:
		return lang.Errorf("there is nothing below %s", "%s 下没有对象", name(from.Bucket, from.folder()))
	case failed:
		return errSome
	}
	return nil
}
