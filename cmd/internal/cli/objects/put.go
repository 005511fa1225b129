package objects

import (
	"context"
	"errors"
	"io/fs"
	"mime"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/cosemu/cosemu/cmd/internal/cli/cosclient"
	"github.com/cosemu/cosemu/cmd/internal/cli/lang"
)

// Put is the command put.
type Put struct {
	ServerFlags
	File      string   `arg:"" name:"file" help:"File to upload, a folder with -r, or - for what is piped in." zh:"要上传的文件；使用 -r 时可以是目录；- 表示标准输入。"`
	To        string   `arg:"" name:"bucket/key" help:"Where to: photos/a.txt, or photos/ to keep the file's name." zh:"目标：photos/a.txt；写 photos/ 则沿用文件名。"`
	Recursive bool     `short:"r" help:"Upload a folder with all that is in it." zh:"上传整个目录。"`
	Header    []string `help:"Header of the object, such as x-cos-meta-owner:me. May be repeated." placeholder:"NAME:VALUE" sep:"none" zh:"对象的头部，例如 x-cos-meta-owner:me。可以重复。"`
}

// Details is the longer help of the command.
func (Put) Details() (en, zh string) {
	return `For example:

  cosemu put cat.jpg photos/

  cosemu put -r site/ web/v1/

  tar c src | cosemu put - backup/src.tar

A bucket without its APPID is one of the account that signs. The Content-Type is that of the file name's extension, unless --header gives it. Long files go in parts.

Exit codes: 0 all is uploaded, 1 something is not, or no server answers, 2 wrong arguments.`,
		`例如：

  cosemu put cat.jpg photos/

  cosemu put -r site/ web/v1/

  tar c src | cosemu put - backup/src.tar

存储桶不带 APPID 时，属于签名所用的账号。Content-Type 取自文件扩展名，也可以用 --header 指定。大文件自动分块上传。

退出码：0 全部上传，1 有文件未上传或没有服务器响应，2 参数有误。`
}

// Run uploads.
func (c *Put) Run(s *Session) error {
	to, err := s.place(c.To)
	if err != nil {
		return err
	}
	header, err := readHeader(c.Header)
	if err != nil {
		return err
	}
	client, err := s.Connect(s.Context, to.Bucket, c.SecretID)
	if err != nil {
		return err
	}
	u := &uploader{Session: s, client: client, bucket: to.Bucket, header: header, json: c.JSON}
	if c.File == "-" {
		if to.Key == "" || strings.HasSuffix(to.Key, "/") {
			return misused("what is piped in has no name: give the whole key, such as %q", "标准输入没有文件名：请写完整的对象键，例如 %q", to.text+"name")
		}
		return failure(u.upload(s.Context, cosclient.Source{Body: s.Stdin, Size: -1}, "-", to.Key))
	}
	info, err := os.Stat(c.File)
	if err != nil {
		return err
	}
	if info.IsDir() {
		if !c.Recursive {
			return misused("%s is a folder: give -r to upload all that is in it", "%s 是目录：请加 -r 上传其中的全部文件", c.File)
		}
		return u.folder(c.File, to.folder())
	}
	key := to.Key
	if key == "" || strings.HasSuffix(key, "/") {
		key += filepath.Base(c.File)
	}
	return failure(u.file(c.File, key))
}

// readHeader reads headers written as NAME:VALUE.
func readHeader(list []string) (http.Header, error) {
	h := http.Header{}
	for _, text := range list {
		name, value, ok := strings.Cut(text, ":")
		if name = strings.TrimSpace(name); !ok || name == "" {
			return nil, misused("--header %q is no name:value", "--header %q 不是 name:value", text)
		}
		h.Add(name, strings.TrimSpace(value))
	}
	return h, nil
}

// An uploader puts files into one bucket.
type uploader struct {
	*Session
	client *cosclient.Client
	bucket string
	header http.Header
	json   bool
}

func (u *uploader) file(file, key string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	from := cosclient.Source{Body: f, Size: info.Size(), Header: u.header}
	if !info.Mode().IsRegular() { // a named pipe, for example
		from.Size = -1
	}
	return u.upload(u.Context, from, file, key)
}

func (u *uploader) upload(ctx context.Context, from cosclient.Source, file, key string) error {
	from.Header = u.header.Clone()
	if kind := mime.TypeByExtension(path.Ext(key)); kind != "" && from.Header.Get("Content-Type") == "" {
		from.Header.Set("Content-Type", kind)
	}
	var done func()
	from.Progress, done = u.bar(from.Size, path.Base(key))
	stored, err := u.client.Put(ctx, u.bucket, key, from)
	done()
	if err != nil {
		return err
	}
	if u.json {
		return u.Session.json(&line{
			Action: "put", Bucket: u.bucket, Key: key, File: file, Size: &stored.Size, ETag: stored.ETag, VersionID: stored.VersionID,
		})
	}
	return u.print(u.Say("uploaded %s (%d bytes)\n", "已上传 %s（%d 字节）\n"), name(u.bucket, key), stored.Size)
}

// folder uploads all regular files below a folder. What else is there is named and left out.
func (u *uploader) folder(dir, prefix string) error {
	failed := false
	err := filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			u.warn(err)
			failed = true
			return nil
		}
		if d.IsDir() {
			return nil
		}
		info, err := os.Stat(file) // a link counts as what it leads to
		if err == nil && !info.Mode().IsRegular() {
			err = lang.Errorf("%s is no regular file, so it is left out", "%s 不是普通文件，已跳过", file)
		}
		var rel string
		if err == nil {
			rel, err = filepath.Rel(dir, file)
		}
		if err == nil {
			err = u.file(file, prefix+filepath.ToSlash(rel))
		}
		if err != nil && u.Context.Err() != nil {
			return u.Context.Err()
		}
		if err != nil {
			u.warn(failure(err))
			failed = true
		}
		return nil
	})
	if err == nil && failed {
		err = errSome
	}
	if errors.Is(err, context.Canceled) {
		err = errInterrupted
	}
	return err
}

var errInterrupted = lang.Errorf("interrupted", "已中断")
