package objects

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/cosemu/cosemu/cmd/internal/cli/cosclient"
	"github.com/cosemu/cosemu/cmd/internal/cli/lang"
	"github.com/cosemu/cosemu/cmd/internal/cli/view"
)

// Get is the command get.
type Get struct {
	ServerFlags
	From      string `arg:"" name:"bucket/key" help:"Object to download, such as photos/a.txt, or with -r all below photos/a." zh:"要下载的对象，例如 photos/a.txt；使用 -r 时为 photos/a 下的全部对象。"`
	File      string `arg:"" optional:"" name:"file" help:"File or folder to write to (default: the current folder), or - for stdout." zh:"写入的文件或目录（默认为当前目录）；- 表示标准输出。"`
	Recursive bool   `short:"r" help:"Download all objects below the path into a folder." zh:"把路径下的全部对象下载到目录中。"`
}

// Details is the longer help of the command.
func (Get) Details() (en, zh string) {
	return `For example:

  cosemu get photos/a.txt

  cosemu get photos/a.json - | jq .

  cosemu get -r web/v1 site

A file that exists is replaced, once all of the object has arrived. A key that would lead out of the folder, or that no file can have, is refused.

Exit codes: 0 all is downloaded, 1 something is not, or no server answers, 2 wrong arguments.`,
		`例如：

  cosemu get photos/a.txt

  cosemu get photos/a.json - | jq .

  cosemu get -r web/v1 site

已有的文件在对象完整下载后才会被替换。会写到目录之外、或不能作为文件名的对象键会被拒绝。

退出码：0 全部下载，1 有对象未下载或没有服务器响应，2 参数有误。`
}

// Run downloads.
func (c *Get) Run(s *Session) error {
	from, err := s.place(c.From)
	if err != nil {
		return err
	}
	single := !c.Recursive
	switch {
	case single && (from.Key == "" || strings.HasSuffix(from.Key, "/")):
		return misused("%q names no object: give its key, or -r for all below it", "%q 不是对象：请写出对象键，或用 -r 下载其下的全部对象", c.From)
	case !single && c.File == "-":
		return misused("-r writes files, so it goes not with -", "-r 会写入多个文件，不能与 - 同用")
	}
	client, err := s.Connect(s.Context, from.Bucket, c.SecretID)
	if err != nil {
		return err
	}
	d := &downloader{Session: s, client: client, bucket: from.Bucket, json: c.JSON}
	if !single {
		return d.all(from.folder(), c.File)
	}
	if c.File == "-" {
		if s.OnScreen {
			s.Terminal = nil // a bar would stand in the object's text
		}
		_, err := d.copy(s.Context, s.Stdout, from.Key)
		return failure(err)
	}
	dir, file := filepath.Split(c.File)
	if info, err := os.Stat(c.File); c.File == "" || file == "" || err == nil && info.IsDir() {
		dir, file = c.File, path.Base(from.Key)
	}
	if dir == "" {
		dir = "."
	}
	return failure(d.into(dir, file, from.Key))
}

// A downloader gets objects of one bucket.
type downloader struct {
	*Session
	client *cosclient.Client
	bucket string
	json   bool
}

// copy writes an object to w.
func (d *downloader) copy(ctx context.Context, w io.Writer, key string) (cosclient.Info, error) {
	body, info, err := d.client.Get(ctx, d.bucket, key)
	if err != nil {
		return info, err
	}
	defer body.Close()
	tell, done := d.bar(info.Size, path.Base(key))
	defer done()
	if tell != nil {
		w = io.MultiWriter(w, teller(tell))
	}
	_, err = io.Copy(w, body)
	return info, err
}

// teller counts what is written.
type teller func(int64)

// Write implements io.Writer.
func (t teller) Write(p []byte) (int, error) {
	t(int64(len(p)))
	return len(p), nil
}

// into downloads an object into a file of an existing folder.
func (d *downloader) into(dir, file, key string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	return d.write(root, dir, file, key)
}

// write downloads an object into a file below root, which it cannot leave. The file is complete
// before it has its name.
func (d *downloader) write(root *os.Root, dir, file, key string) error {
	file = filepath.FromSlash(file)
	shown := filepath.Join(dir, file)
	temporary := filepath.Join(filepath.Dir(file), ".cosemu-"+rand.Text())
	f, err := root.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	info, err := d.copy(d.Context, f, key)
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = root.Rename(temporary, file)
	}
	if err != nil {
		_ = root.Remove(temporary) // the error that is returned matters more
		return err
	}
	if d.json {
		return d.Session.json(&line{Action: "get", Bucket: d.bucket, Key: key, File: shown, Size: &info.Size, ETag: info.ETag, VersionID: info.VersionID})
	}
	return d.print(d.Say("downloaded %s (%d bytes)\n", "已下载 %s（%d 字节）\n"), view.Line(shown), info.Size)
}

// all downloads what lies below a prefix.
func (d *downloader) all(prefix, dir string) error {
	if dir == "" {
		dir = "."
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	found, failed := false, false
	for e, err := range d.client.List(d.Context, d.bucket, prefix, "") {
		if err != nil {
			return failure(err)
		}
		found = true
		if err := d.below(root, dir, strings.TrimPrefix(e.Key, prefix), e.Key); err != nil {
			if d.Context.Err() != nil {
				return errInterrupted
			}
			d.warn(failure(err))
			failed = true
		}
	}
	switch {
	case !found:
		return lang.Errorf("there is nothing below %s", "%s 下没有对象", name(d.bucket, prefix))
	case failed:
		return errSome
	}
	return nil
}

// below downloads one of many objects. rel is its key without the prefix.
func (d *downloader) below(root *os.Root, dir, rel, key string) error {
	folder := strings.HasSuffix(rel, "/")
	clean := strings.TrimSuffix(rel, "/")
	switch {
	case rel == "": // the marker of the folder itself
		return nil
	case path.Clean(clean) != clean || !filepath.IsLocal(filepath.FromSlash(clean)) || strings.ContainsAny(clean, "\x00"):
		return lang.Errorf("%s: no file can have this name", "%s：这个名称不能作为文件名", name(d.bucket, key))
	}
	parent := path.Dir(clean)
	if folder {
		parent = clean
	}
	if err := root.MkdirAll(filepath.FromSlash(parent), 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if folder {
		return nil
	}
	return d.write(root, dir, clean, key)
}
