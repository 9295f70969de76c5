"""Names of instruments: in many languages, in short and in the habits of sequencers; their false friends."""

from __future__ import annotations

import pytest

from duv_studio.engine.midi.instrument_names import family_of_name, is_double_bass, is_hand, is_loose
from duv_studio.engine.midi.song import Family

NAMES = {
    Family.PIANO: """
        Rhds | CP80 | Steinway | Upright | Piano, RH | Pianoforte | Tastiera | Claviers | Teclado | Keys | EP |
        E.P. | Klavir | Klavír | Zongora | Fortepian | Pianino | Фортепиано | Рояль | Пианино | πιάνο | פסנתר |
        بيانو | 钢琴 | 鋼琴 | 피아노 | ピアノ | エレピ | Soft Keys | Wurli | Keyboard 2 | キーボード | 건반 |
        Клавишные | Klawisze | Grand | Honky-Tonk | Flygel | Piyano | Rhodes Mk1 | Pno | Klaver | 键盘 | 电钢琴""",
    Family.GUITAR: """
        Chitarra | Violão | Gitaar | Гитара | 吉他 | Strat DI | Les Paul | EGuitar L | Guitare | Gitarr |
        Guitarra | Gitara | Kytara | Kitara | Kitarr | Gitár | Gítar | Гітара | κιθάρα | גיטרה | جيتار | 기타 |
        E Gtr | Gtr L | Rhythm Gtr | Gtr 2 R | AcGtr | GtrL | Ukulele | アコギ | エレキギター | 電吉他 | 木吉他 |
        結他 | Китара | กีตาร์ | Lead Gtr | Tele | Chitarra ritmica | Akustik Gitar | Elektro Gitar | Dist Gtr |
        Guit. 2 | Viola caipira | Tom's Guitar | Chitare | E-gitarre""",
    Family.BASS: """
        Basso | Baixo | Бас | 贝斯 | Sub | P-Bass | Bas | Basgitaar | Bas gitar | Gitara basowa | Basová kytara |
        Basová gitara | Бас-гитара | Бас гітара | Basszusgitár | Bassokitara | Elbas | El-bas | μπάσο | בס | باس |
        ベース | 베이스 | 베이스 기타 | 低音吉他 | Bass 808 | 808 Bass | Sub Bass | TB-303 | Chitara bas | Basse |
        Bajo | Bass-gitara | Moog Bass | Bassline 3 | Synth Bass | E-Bass | 貝斯 | เบส | Басовая гитара | Басс |
        Slap Bass | Electric bass fingered | Jazz Bass""",
    Family.STRINGS: """
        Contrabbassi | Viole | Cordas | Strijkers | Скрипка | 小提琴 | Cb | Cb. | Vla | Vln I | Vc. | Violoni |
        Celli | Solo Cello | Strings Legato | Cordes | Violín | Violino | Violini I | Archi | Stråkar | Strykere |
        Smyčce | Smyczki | Skrzypce | Housle | Hegedű | Brácsa | Cselló | Nagybőgő | Viulu | Sello | Jousitus |
        Keman | Yaylılar | βιολί | Βιόλα | Τσέλο | Έγχορδα | כינור | كمان | Альт | Виолончель | Контрабас |
        Струнные | Скрипки | Скрипка I | Цигулка | 中提琴 | 大提琴 | 低音提琴 | 弦乐 | 바이올린 | 비올라 | 첼로 |
        스트링 | 현악 | ヴィオラ | Fiolin | Bratsj | Fiol | Altviool | Viool | Vioară | Coarde | Altówka |
        Wiolonczela | Kontrabas | Double Bass | String Bass | Pizz | Violin 1 | Contrabaixo | Contrabajo |
        violoncelle | Vni | Vl.""",
    Family.DRUMS: """
        Beat | Kit | 808 | TR-909 | BD | SD | Ударные | Барабаны | 鼓 | 드럼 | Trommeln | Trumset | Perkusja |
        Bębny | Toms | Ride | Crash | OH | Hihat | HH Closed | Snr | Kck | Batteria | Trommer | Drums | Bateria |
        Batería | Bicí | Bubny | Dob | Dobok | Tobe | Rummut | Slagtøj | Trommesæt | ドラムス | 架子鼓 | 爵士鼓 |
        鼓组 | ντραμς | Τύμπανα | תופים | طبول | bass drum | BassDrum 2 | Kick 808 | Ride Bell | Crash L | OH R |
        Sd Top | Rock Kit | beat_120 | House Beat | Amen break | Drum Rack 90bpm | Tom 1 | Low Tom | Hi Tom |
        Floor Tom | Overheads | バスドラム | バスドラ | スネア | 底鼓 | 军鼓 | Bas davul | Гранд барабан |
        Перкусійні ударні | bd_01 | Kik | Snr Btm | Rimshot | Side Stick | Davul | Grosse caisse | Bubnjevi |
        Bobni | Bateri | Бочка | DRUMS | dr1 | Drm | Trommur | 808 Kick | Kick 909 | 킥 | 하이햇""",
    Family.PERCUSSION: """
        Percussie | Percussão | Percussioni | Percusión | Perkussion | перкуссия | 打击乐 | 타악기 | Pauke |
        Литавры | 定音鼓 | 手鼓 | Timbales | Congas | Shaker | Tamb | Cowbell | Hand Claps | Steel Drums | Kotły |
        Κρουστά | Udaraljke | Tolkala | Slagverk | Tabla | Djembe | Cajón | 太鼓 | 康加鼓 | Tímpanos | Patarummut |
        Taiko Drums""",
    Family.OTHER: """
        Harmonium | Kopfstimme | Moog | Flauto | Флейта | 长笛 | 플루트 | Klarnet | Кларнет | Saksofon | Труба |
        Trąbka | Puzon | Orgona | Орган | Varhany | Bass Clarinet | Basklarinet | Clarinetto basso | Бас-кларнет |
        Bassoon | Fagotto | Blechbläser | Ottoni | Žestě | Cor anglais | Corno | Waldhorn | Voce | Голос | 人声 |
        Coro | Chór | Хор | Fisarmonica | Баян | Akordeon | Arpa | Арфа | 竖琴 | Harpa | Clavecin | Synth |
        シンセ | 合成器 | Warm Pad | Lead | Arp | Fl. | Ob. 1 | Cl. in Bb | Hn. 1 | Tpt | Tbn. | Fg | Tuba |
        Glock | Vibes | Xilofono | Ксилофон | Vox | BGVs | Synth Keys | Juno 60 | DX7 | B3 | Hammond | Organo |
        Órgão | Sax alto | Metais | Brass | Bass Trombone | Trombone basso | Soprano | Tenor | Banjo | Sitar |
        古筝 | Steel bells | 低音单簧管 | バスクラリネット | バスーン""",
}  # fmt: skip
NOTHING = """
        Groove | Rhythm | Ritmica | Kontakt 5 | LH | RH | MG | MD | kitchen | Kitty | Ride the wave | beat it |
        Subaru | Melody | Track 3 | untitled | MIDI 01 | Chorus 2 | Ambassador | Left hand | Solo | Main | Intro |
        train | valid | dev | test | songs | my data | dataset_v2 | Bassano | Kitsune | Cbeebies | Orchard |
        Tomato | Tom Sawyer | Crash into me | Sdcard | Harpoon | Subtle | Ohio | Episode | Piece 3 | Andante |
        Opus 12 | Section | Stringent | Drift | Strato | Hatred | Chat | Beatrice | Alto | Part 1 | A | B | Basel |
        Basil | Basic | Basis | Database | Bastille | Strength | Guthrie | Dobrý den | Drone | Rideau | Cassandra |
        Kornél | Sunrise | Heartbeat | Heart Beat | Take five | Sangria | Corsica | Corinne | Voicemail | Padua |
        Leader | Leading tone | Keystone | Monkeys | Hotkeys | Arpent | Epilogue | Eponymous | Pace | Pfand |
        Strange | Vclav | Violate | Hoboken | Perceval | Perch | Ukraine | Tubman"""  # fmt: skip


def _split(names: str) -> list[str]:
    return [name.strip() for name in names.replace("\n", " ").split("|")]


@pytest.mark.parametrize(("family", "name"), [(family, name) for family, row in NAMES.items() for name in _split(row)])
def test_an_instrument_is_found_by_its_name(family: Family, name: str) -> None:
    assert family_of_name(name) is family
    assert family_of_name(f"  {name if any(map(str.isupper, name[1:])) else name.upper()}_2 ") is family


@pytest.mark.parametrize("name", ["", *_split(NOTHING)])
def test_a_name_without_an_instrument_says_nothing(name: str) -> None:
    assert family_of_name(name) is None


@pytest.mark.parametrize(
    "name", ["LH", "RH", "MG", "MD", "Left hand", "Right", "Main droite", "右手", "mano sinistra", "RH1"]
)
def test_the_hands_of_a_pianist(name: str) -> None:
    assert is_hand(name) and not is_hand(f"{name} of God")


def test_some_names_tell_a_part_rather_than_an_instrument() -> None:
    loose = ("Lead 2", "Warm Pad", "Keys", "Vox")
    assert [name for name in (*loose, "Lead Guitar", "Flute", "Track 1") if is_loose(name)] == [*loose]
    assert [n for n in ("Contrabass", "String Bass", "Bass", "Cello") if is_double_bass(n)] == [
        "Contrabass",
        "String Bass",
    ]
