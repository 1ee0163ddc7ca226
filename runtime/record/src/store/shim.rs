#![expect(unsafe_code, reason = "SQLite opens, reads and writes files through functions in C")]
//! How SQLite reads and writes the database file: as it always does, but for the checksum at the
//! end of each page.
//!
//! A file system of SQLite's is a table of functions, and so is an open file. Ours are copies of
//! those that SQLite has for Unix: what opens a file is replaced, and of the database itself what
//! reads and writes it. Locks, shared memory, syncing and the write-ahead log are SQLite's own, and
//! so is the order in which they come.
//!
//! Source: SQLite, "OS Interface Objects" and "The SQLite OS Interface or VFS".

use std::cell::Cell;
use std::ffi::{CStr, c_int, c_void};
use std::ptr;
use std::slice;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicPtr, Ordering};

use rusqlite::Connection;
use rusqlite::ffi::{
    SQLITE_FCNTL_FILE_POINTER, SQLITE_IOCAP_SUBPAGE_READ, SQLITE_IOERR_DATA, SQLITE_IOERR_READ,
    SQLITE_IOERR_WRITE, SQLITE_MISUSE, SQLITE_OK, SQLITE_OPEN_MAIN_DB, sqlite3_file,
    sqlite3_file_control, sqlite3_filename, sqlite3_initialize, sqlite3_int64, sqlite3_io_methods,
    sqlite3_vfs, sqlite3_vfs_find, sqlite3_vfs_register,
};

use super::page::{self, HEAD, PAGE};

const NAME: &CStr = c"pogo";

/// The file system that is underneath, once ours is registered.
static PLAIN: AtomicPtr<sqlite3_vfs> = AtomicPtr::new(ptr::null_mut());

thread_local! {
    static BAD: Cell<u32> = const { Cell::new(0) };
}

/// The page that this thread last read and that did not hold, from 1.
pub(crate) fn bad_page() -> u32 {
    BAD.get()
}

/// What to open a database by, so that its pages get and have checksums.
///
/// # Errors
///
/// SQLite was built without its own file system for Unix.
pub(super) fn name() -> rusqlite::Result<&'static CStr> {
    static CODE: OnceLock<c_int> = OnceLock::new();
    match *CODE.get_or_init(register) {
        SQLITE_OK => Ok(NAME),
        code => Err(failure(code)),
    }
}

fn register() -> c_int {
    // SAFETY: may be called at any time, from any thread; what it gives lives as long as the
    // process and does not change any more.
    let plain = unsafe {
        match sqlite3_initialize() {
            SQLITE_OK => sqlite3_vfs_find(c"unix".as_ptr()),
            code => return code,
        }
    };
    // SAFETY: as above, if there is one.
    let Some(&copy) = (unsafe { plain.as_ref() }) else { return SQLITE_MISUSE };
    let size = ours_at(copy.szOsFile) + size_of::<Ours>();
    let Ok(size) = c_int::try_from(size) else { return SQLITE_MISUSE };
    PLAIN.store(plain, Ordering::Release);
    let ours = sqlite3_vfs {
        szOsFile: size,
        zName: NAME.as_ptr(),
        pNext: ptr::null_mut(),
        xOpen: Some(open),
        ..copy
    };
    // SAFETY: SQLite keeps it and links it with others, so it is leaked.
    unsafe { sqlite3_vfs_register(Box::leak(Box::new(ours)), 0) }
}

/// What lies behind SQLite's own part of an open database file.
#[repr(C)]
struct Ours {
    /// The file's functions; they are found by this, so it comes first.
    methods: sqlite3_io_methods,
    plain: sqlite3_io_methods,
    /// Whether its pages end with checksums; `None` until its head was seen.
    complete: Cell<Option<bool>>,
}

/// How far behind the beginning of a file ours lies if SQLite's own part has this size.
fn ours_at(plain: c_int) -> usize {
    usize::try_from(plain).unwrap_or_default().next_multiple_of(align_of::<Ours>())
}

/// Opens any file as SQLite does, and a database with our functions.
unsafe extern "C" fn open(
    _: *mut sqlite3_vfs,
    name: sqlite3_filename,
    file: *mut sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    let plain = PLAIN.load(Ordering::Acquire);
    // SAFETY: it was stored before SQLite knew of this function, and lives as long as the process.
    let Some((open, size)) =
        (unsafe { plain.as_ref().and_then(|it| Some((it.xOpen?, it.szOsFile))) })
    else {
        return SQLITE_MISUSE;
    };
    // SAFETY: the arguments are SQLite's own; `file` has more room than is asked for here.
    let code = unsafe { open(plain, name, file, flags, out) };
    if code != SQLITE_OK || flags & SQLITE_OPEN_MAIN_DB == 0 {
        return code;
    }
    // SAFETY: a file that was opened has its functions, in a table that does not go away. Behind
    // SQLite's own part there is room for ours, as `register` asked for, and SQLite aligns a file
    // to eight bytes. Nobody else has a pointer to it yet.
    unsafe {
        let Some(&plain) = (*file).pMethods.as_ref() else { return code };
        let methods = sqlite3_io_methods {
            // Files that are mapped into memory come with the third version; a page that is not
            // read cannot be checked.
            iVersion: plain.iVersion.min(2),
            xRead: Some(read),
            xWrite: Some(write),
            xDeviceCharacteristics: Some(device_characteristics),
            ..plain
        };
        let ours = file.byte_add(ours_at(size)).cast::<Ours>();
        ours.write(Ours { methods, plain, complete: Cell::new(None) });
        (*file).pMethods = &raw const (*ours).methods;
    }
    code
}

/// Ours, of a database file.
///
/// # Safety
///
/// `file` was opened by [`open`] as a database and not closed since.
unsafe fn ours<'a>(file: *mut sqlite3_file) -> &'a Ours {
    // SAFETY: its functions are the first of what `open` has put there, which stays until it is
    // closed. SQLite gives a file to one thread at a time, and what changes in ours is a cell.
    unsafe { &*(*file).pMethods.cast::<Ours>() }
}

/// Reads as SQLite does, and refuses a page that does not hold.
unsafe extern "C" fn read(
    file: *mut sqlite3_file,
    into: *mut c_void,
    amount: c_int,
    offset: sqlite3_int64,
) -> c_int {
    // SAFETY: only `open` gives a file this function.
    let ours = unsafe { ours(file) };
    let Some(read) = ours.plain.xRead else { return SQLITE_IOERR_READ };
    // SAFETY: the arguments are SQLite's own, for a file of its own.
    let code = unsafe { read(file, into, amount, offset) };
    if code != SQLITE_OK {
        return code;
    }
    // SAFETY: so many bytes were just put there.
    let bytes = unsafe { slice::from_raw_parts(into.cast::<u8>(), length(amount)) };
    let Some((number, page)) = page_in(bytes, offset) else {
        ours.learn(bytes, offset);
        return SQLITE_OK;
    };
    if ours.is_complete(file, bytes, offset) && !page::holds(number, page) {
        BAD.set(number);
        return SQLITE_IOERR_DATA;
    }
    SQLITE_OK
}

/// Writes as SQLite does, a page with its checksum.
unsafe extern "C" fn write(
    file: *mut sqlite3_file,
    from: *const c_void,
    amount: c_int,
    offset: sqlite3_int64,
) -> c_int {
    // SAFETY: only `open` gives a file this function.
    let ours = unsafe { ours(file) };
    let Some(write) = ours.plain.xWrite else { return SQLITE_IOERR_WRITE };
    // SAFETY: SQLite has so many bytes to be written there.
    let bytes = unsafe { slice::from_raw_parts(from.cast::<u8>(), length(amount)) };
    let mut completed;
    let from = match page_in(bytes, offset) {
        Some((number, page)) if ours.is_complete(file, bytes, offset) => {
            completed = *page;
            page::complete(number, &mut completed);
            completed.as_ptr().cast()
        }
        _ => from,
    };
    // SAFETY: the arguments are SQLite's own, but for a copy of the page that is as long.
    unsafe { write(file, from, amount, offset) }
}

/// What SQLite says of the disk. Parts of a page are not read by themselves: they could not be
/// checked.
unsafe extern "C" fn device_characteristics(file: *mut sqlite3_file) -> c_int {
    // SAFETY: only `open` gives a file this function.
    let ours = unsafe { ours(file) };
    let Some(plain) = ours.plain.xDeviceCharacteristics else { return 0 };
    // SAFETY: the argument is SQLite's own.
    unsafe { plain(file) & !SQLITE_IOCAP_SUBPAGE_READ }
}

impl Ours {
    /// Whether the pages of `file` end with checksums, of which `bytes` are those at `offset`.
    fn is_complete(&self, file: *mut sqlite3_file, bytes: &[u8], offset: sqlite3_int64) -> bool {
        self.learn(bytes, offset);
        if self.complete.get().is_none()
            && let Some(read) = self.plain.xRead
        {
            // The file was empty when it was opened, and what others made of it since came out of
            // the write-ahead log.
            let mut head = [0; HEAD];
            // SAFETY: the buffer has room for as many bytes as are asked for.
            let code = unsafe { read(file, head.as_mut_ptr().cast(), HEAD as c_int, 0) };
            if code == SQLITE_OK {
                self.learn(&head, 0);
            }
        }
        self.complete.get() == Some(true)
    }

    /// Looks at the head of the database, if it is in `bytes`, which are those at `offset`.
    fn learn(&self, bytes: &[u8], offset: sqlite3_int64) {
        if offset == 0
            && let Some(head) = bytes.first_chunk()
            && head.starts_with(b"SQLite format 3\0")
        {
            self.complete.set(Some(page::end_with_checksums(head)));
        }
    }
}

/// How many bytes the database file of `connection` has.
///
/// # Errors
///
/// What SQLite says.
pub(crate) fn file_size(connection: &Connection) -> rusqlite::Result<u64> {
    let (file, methods) = file_of(connection)?;
    let Some(size) = methods.xFileSize else { return Err(failure(SQLITE_IOERR_READ)) };
    let mut bytes = 0;
    // SAFETY: the file is open for as long as `connection` is, and this is a function of its own.
    match unsafe { size(file, &raw mut bytes) } {
        SQLITE_OK => Ok(u64::try_from(bytes).unwrap_or_default()),
        code => Err(failure(code)),
    }
}

/// Reads what lies at `offset` in the database file of `connection`, which holds so much: not what
/// the database says there, but the file, by the descriptor that SQLite has. Another one must not
/// be opened beside it: when that is closed, Linux takes all locks of this process with it.
///
/// Source: fcntl(2), "Advisory record locking".
///
/// # Errors
///
/// What SQLite says; a file that was opened by [`name`] is held against its checksums here too.
pub(crate) fn read_file(
    connection: &Connection,
    offset: u64,
    into: &mut [u8],
) -> rusqlite::Result<()> {
    let (file, methods) = file_of(connection)?;
    let (Some(read), Ok(amount), Ok(offset)) =
        (methods.xRead, c_int::try_from(into.len()), sqlite3_int64::try_from(offset))
    else {
        return Err(failure(SQLITE_IOERR_READ));
    };
    // SAFETY: as above; the buffer has room for as many bytes as are asked for.
    match unsafe { read(file, into.as_mut_ptr().cast(), amount, offset) } {
        SQLITE_OK => Ok(()),
        code => Err(failure(code)),
    }
}

/// The database file of `connection`, and its functions.
fn file_of(connection: &Connection) -> rusqlite::Result<(*mut sqlite3_file, &sqlite3_io_methods)> {
    let mut file: *mut sqlite3_file = ptr::null_mut();
    let into = (&raw mut file).cast();
    // SAFETY: the connection is open, and SQLite puts a pointer into the one that it is given.
    let code = unsafe {
        sqlite3_file_control(connection.handle(), ptr::null(), SQLITE_FCNTL_FILE_POINTER, into)
    };
    if code != SQLITE_OK {
        return Err(failure(code));
    }
    // SAFETY: the file belongs to the connection, and an open one has functions, which stay.
    let methods = unsafe { file.as_ref().and_then(|file| file.pMethods.as_ref()) };
    methods.map(|methods| (file, methods)).ok_or_else(|| failure(SQLITE_IOERR_READ))
}

fn failure(code: c_int) -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None)
}

/// The page that is in `bytes`, the ones at `offset`, and its number from 1.
fn page_in(bytes: &[u8], offset: sqlite3_int64) -> Option<(u32, &[u8; PAGE])> {
    let offset = usize::try_from(offset).ok().filter(|it| it.is_multiple_of(PAGE))?;
    Some((u32::try_from(offset / PAGE + 1).ok()?, bytes.try_into().ok()?))
}

fn length(amount: c_int) -> usize {
    usize::try_from(amount).unwrap_or_default()
}
